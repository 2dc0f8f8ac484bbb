import { deepStrictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { JournalWrite, SagaStore } from '../../runtime/store.js';
import { done, failed, freshDefinition, isStored, refused, Scripted, type StoreTests, stored } from './support.js';

const retry = { kind: 'retry', reason: 'it is back', by: 'ada' } as const;
const skip = { kind: 'skip', step: 'first', reason: 'by hand', by: 'ada' } as const;

/** Sagas that go through every status of a saga and of a step. */
const SCRIPTS: Readonly<Record<string, ((saga: Scripted) => Scripted)[]>> = {
  'one that completes': [(saga) => saga.reply('first', 'do', done()), (saga) => saga.reply('second', 'do', done(null))],
  'one that retries, and is refused and taken back': [
    (saga) => saga.reply('first', 'do', failed),
    (saga) => saga.happen({ kind: 'recovered' }),
    (saga) => saga.reply('first', 'do', failed, 7),
    (saga) => saga.happen({ kind: 'recovered' }),
  ],
  'one that is refused and taken back': [
    (saga) => saga.reply('first', 'do', done({ id: 7 })),
    (saga) => saga.reply('second', 'do', refused),
    (saga) => saga.reply('first', 'undo', failed),
    (saga) => saga.reply('first', 'undo', done(), 9),
  ],
  'one that is cancelled, parked, retried, parked again and skipped': [
    (saga) => saga.happen({ kind: 'cancelRequested', reason: 'no more', by: 'ada' }),
    (saga) => saga.reply('first', 'do', done()),
    (saga) => saga.reply('first', 'undo', refused),
    (saga) => saga.happen(retry),
    (saga) => saga.reply('first', 'undo', refused, 2),
    (saga) => saga.happen(skip),
  ],
};

/** The write loses, and leaves state and journal as they are. */
async function loses(store: SagaStore, write: JournalWrite, kept: Scripted, revision: number): Promise<void> {
  const before = await store.logs(kept.sagaId);
  deepStrictEqual(await store.write([write]), ['lost']);
  await isStored(store, kept, revision);
  deepStrictEqual(await store.logs(kept.sagaId), before);
}

export const writeTests: StoreTests = {
  'a new saga is kept, with revision 1': async (store) => {
    await isStored(store, await stored(store), 1);
  },

  'each write makes the revision one higher and adds its entries': async (store) => {
    const saga = await stored(store);
    for (const revision of [2, 3]) {
      saga.reply('first', 'do', failed, revision === 2 ? 1 : 9);
      deepStrictEqual(await store.write([saga.write()]), ['written']);
      await isStored(store, saga, revision);
    }
  },

  'a write without entries moves the due time and the owner alone': async (store) => {
    const saga = await stored(store);
    deepStrictEqual(await store.write([saga.write({ revision: 1, logs: [], owner: 'owner-b' })]), ['written']);
    await isStored(store, saga, 2);
    deepStrictEqual((await store.find({ by: 'id', sagaId: saga.sagaId }))?.owner, 'owner-b');
  },

  ...Object.fromEntries(
    Object.entries(SCRIPTS).map(([which, happenings]) => [
      `what is read is what was written, at every point: ${which}`,
      async (store: SagaStore) => {
        const saga = await stored(store);
        for (const [index, happen] of happenings.entries()) {
          happen(saga);
          deepStrictEqual(await store.write([saga.write()]), ['written']);
          await isStored(store, saga, index + 2);
        }
      },
    ]),
  ),

  'owner, idempotency and trace are kept, also by later writes': async (store) => {
    const idempotency = { scope: randomUUID(), key: 'k', fingerprint: 'f' };
    const saga = await stored(store, { traceparent: '00-trace-span-01' }, { idempotency });
    await store.write([saga.reply('first', 'do', done()).write({ owner: 'owner-b' })]);
    const { owner, idempotency: kept, saga: read } = (await store.find({ by: 'id', sagaId: saga.sagaId })) ?? {};
    deepStrictEqual([owner, kept, read?.traceparent], ['owner-b', idempotency, '00-trace-span-01']);
  },

  'a write of an earlier revision loses': async (store) => {
    const saga = await stored(store);
    await store.write([saga.reply('first', 'do', done()).write()]);
    const late = new Scripted({ definition: saga.definition, sagaId: saga.sagaId }).reply('first', 'do', refused);
    await loses(store, late.write(), saga, 2);
  },

  'a write of a later revision loses': async (store) => {
    const saga = await stored(store);
    const early = new Scripted({ definition: saga.definition, sagaId: saga.sagaId }).reply('first', 'do', refused);
    await loses(store, early.write({ revision: 2 }), saga, 1);
  },

  'a write of a saga that is not there loses': async (store) => {
    const unknown = new Scripted().reply('first', 'do', done());
    deepStrictEqual(await store.write([unknown.write()]), ['lost']);
    deepStrictEqual(await store.find({ by: 'id', sagaId: unknown.sagaId }), undefined);
    deepStrictEqual(await store.logs(unknown.sagaId), []);
  },

  'a new saga with an id that exists loses': async (store) => {
    const saga = await stored(store);
    await loses(store, new Scripted({ sagaId: saga.sagaId }).write(), saga, 1);
  },

  'a new saga with a business key that its type has loses; another type may have it': async (store) => {
    const saga = await stored(store);
    const { businessKey } = saga.saga;
    await loses(store, new Scripted({ definition: saga.definition, businessKey }).write(), saga, 1);
    await loses(store, new Scripted({ definition: freshDefinition(2, saga.saga.type), businessKey }).write(), saga, 1);
    await stored(store, { businessKey });
  },

  'a new saga with an idempotency key that exists loses; another scope may have it': async (store) => {
    const idempotency = { scope: randomUUID(), key: 'k', fingerprint: 'f' };
    const saga = await stored(store, {}, { idempotency });
    const same = new Scripted();
    await loses(store, same.write({ idempotency: { ...idempotency, fingerprint: 'other' } }), saga, 1);
    deepStrictEqual(await store.find({ by: 'id', sagaId: same.sagaId }), undefined);
    await stored(store, {}, { idempotency: { ...idempotency, scope: randomUUID() } });
    await stored(store, {}, { idempotency: { ...idempotency, key: 'l' } });
  },
};
