import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaStatus } from '../../core/saga.js';
import type { SagaRecord, SagaStore } from '../../runtime/store.js';
import { done, freshDefinition, idsOf, refused, type Scripted, type StoreTests, stored } from './support.js';

const idempotencyOf = () => ({ scope: randomUUID(), key: randomUUID(), fingerprint: 'f' });

async function change(store: SagaStore, saga: Scripted): Promise<void> {
  deepStrictEqual(await store.write([saga.write()]), ['written']);
}

/** One saga of the definition that has ended, one that is parked, one under way. */
async function three(store: SagaStore, definition = freshDefinition()) {
  const [ended, parked, running] = [
    await stored(store, { definition }),
    await stored(store, { definition }),
    await stored(store, { definition }),
  ];
  await change(store, ended.reply('first', 'do', refused));
  await change(store, parked.reply('first', 'do', done()));
  await change(store, parked.reply('second', 'do', refused));
  await change(store, parked.reply('first', 'undo', refused));
  return { definition, ended, parked, running };
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
    const { parked } = await three(store);
    const logs = await store.logs(parked.sagaId);
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
    const { definition } = await three(store);
    const second = freshDefinition(2, definition.type);
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

  'sagas are counted by status': async (store) => {
    const before = await store.countByStatus();
    await three(store);
    await three(store);
    const after = await store.countByStatus();
    const more = (status: SagaStatus) => (after[status] ?? 0) - (before[status] ?? 0);
    deepStrictEqual(
      [more('RUNNING'), more('COMPENSATED'), more('COMPENSATION_FAILED'), more('COMPLETED')],
      [2, 2, 2, 0],
    );
  },
};
