import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaRecord, SagaStore } from '../../runtime/store.js';
import {
  change,
  done,
  ended,
  freshDefinition,
  idsOf,
  parked,
  type StoreTests,
  stored,
  waitingDefinition,
} from './support.js';

const idempotencyOf = () => ({ scope: randomUUID(), key: randomUUID(), fingerprint: 'f' });

/** One saga of the definition that has ended, one that is parked, one under way. */
async function three(store: SagaStore, definition = freshDefinition()): Promise<void> {
  await ended(store, { definition });
  await parked(store, { definition });
  await stored(store, { definition });
}

export const readTests: StoreTests = {
  'a saga is found by its id, its business key and its idempotency key': async (store) => {
    const idempotency = idempotencyOf();
    const { saga, sagaId } = await stored(store, {}, { idempotency });
    const { type, businessKey } = saga;
    const { scope, key } = idempotency;
    const record = { saga, revision: 1, owner: 'owner-a', idempotency };
    deepStrictEqual(await store.find({ by: 'id', sagaId }), record);
    deepStrictEqual(await store.find({ by: 'businessKey', type, businessKey }), record);
    deepStrictEqual(await store.find({ by: 'idempotencyKey', scope, key }), record);
  },

  'a saga that is not there is not found': async (store) => {
    const idempotency = idempotencyOf();
    const { saga } = await stored(store, {}, { idempotency });
    const { type, businessKey } = saga;
    deepStrictEqual(await store.find({ by: 'id', sagaId: randomUUID() }), undefined);
    deepStrictEqual(await store.find({ by: 'businessKey', type: 'other', businessKey }), undefined);
    deepStrictEqual(await store.find({ by: 'businessKey', type, businessKey: 'other' }), undefined);
    deepStrictEqual(await store.find({ by: 'idempotencyKey', scope: 'other', key: idempotency.key }), undefined);
    deepStrictEqual(await store.find({ by: 'idempotencyKey', scope: idempotency.scope, key: 'other' }), undefined);
    deepStrictEqual(await store.logs(randomUUID()), []);
  },

  'many are loaded at once, those that are there': async (store) => {
    const sagas = [await stored(store), await stored(store), await stored(store)];
    const ids = sagas.map(({ sagaId }) => sagaId);
    deepStrictEqual(idsOf(await store.load([...ids, randomUUID()])), ids.toSorted());
    deepStrictEqual(await store.load([]), []);
  },

  'of many, those that have ended are loaded': async (store) => {
    const [running, stuck] = [await stored(store), await parked(store)];
    const done = await ended(store);
    const ids = [running, stuck, done].map(({ sagaId }) => sagaId);
    deepStrictEqual(idsOf(await store.loadEnded([...ids, randomUUID()])), [done.sagaId]);
    deepStrictEqual(await store.loadEnded([]), []);
  },

  'what is read can be changed without changing what is stored': async (store) => {
    const { saga, sagaId } = await stored(store, { input: { list: [1] } });
    const read = (await store.find({ by: 'id', sagaId })) as SagaRecord;
    const logs = await store.logs(sagaId);
    const before = structuredClone(logs);
    (read.saga.input as { list: number[] }).list.push(2);
    Object.assign(logs[0]?.data ?? {}, { input: 'other' });
    deepStrictEqual((await store.find({ by: 'id', sagaId }))?.saga, saga);
    deepStrictEqual(await store.logs(sagaId), before);
  },

  'a journal is read in its order': async (store) => {
    const logs = await store.logs((await parked(store)).sagaId);
    deepStrictEqual(
      logs.map(({ seq }) => seq),
      logs.map((_, index) => index + 1),
    );
    deepStrictEqual(
      logs.map(({ event }) => event),
      [
        'SAGA_STARTED',
        'STEP_STARTED',
        'STEP_COMPLETED',
        'STEP_STARTED',
        'STEP_REFUSED',
        'COMPENSATION_STARTED',
        'COMPENSATION_FAILED',
      ],
    );
  },

  'an idempotency key that is forgotten can be used again; its saga stays': async (store) => {
    const idempotency = idempotencyOf();
    const { saga, sagaId } = await stored(store, {}, { idempotency });
    await store.forgetIdempotencyKey(sagaId);
    await store.forgetIdempotencyKey(randomUUID());
    deepStrictEqual(await store.find({ by: 'id', sagaId }), { saga, revision: 1, owner: 'owner-a' });
    deepStrictEqual(await store.find({ by: 'idempotencyKey', ...idempotency }), undefined);
    await stored(store, {}, { idempotency });
  },

  'sagas that have not ended are counted by definition, parked ones too': async (store) => {
    const definition = freshDefinition();
    const second = freshDefinition(2, definition.type);
    await three(store, definition);
    await three(store, second);
    await stored(store, { definition: second });
    const counts = (await store.inFlight()).filter(({ type }) => type === definition.type);
    counts.sort((one, other) => one.version - other.version);
    const { type } = definition;
    deepStrictEqual(counts, [
      { type, version: 1, count: 2 },
      { type, version: 2, count: 3 },
    ]);
  },

  'sagas that have not ended are counted by definition and status': async (store) => {
    const [definition, waiting] = [freshDefinition(), waitingDefinition()];
    await three(store, definition);
    await three(store, definition);
    await change(store, (await stored(store, { definition })).happen({ kind: 'pause' }));
    await change(store, (await stored(store, { definition: waiting })).reply('first', 'do', done()));
    await stored(store, { definition: waiting, startsAt: Date.now() + 60_000 });
    const counts = (await store.counts()).filter(({ type }) => type === definition.type || type === waiting.type);
    const found = counts.map(({ type, version, status, count }) => [type, version, status, count].join());
    deepStrictEqual(
      found.sort(),
      [
        `${definition.type},1,RUNNING,2`,
        `${definition.type},1,COMPENSATION_FAILED,2`,
        `${definition.type},1,PAUSED,1`,
        `${waiting.type},1,WAITING,2`,
      ].sort(),
    );
  },
};
