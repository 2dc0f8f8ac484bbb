import { deepStrictEqual, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaStore, WriteResult } from '../../runtime/store.js';
import { done, freshDefinition, isStored, refused, Scripted, type StoreTests, stored } from './support.js';

const count = (results: readonly WriteResult[], wanted: WriteResult) =>
  results.filter((each) => each === wanted).length;

/** Of several new sagas that exclude each other exactly one is there, in state and in journal. */
async function oneIsThere(
  store: SagaStore,
  sagas: readonly Scripted[],
  results: readonly WriteResult[],
): Promise<void> {
  deepStrictEqual([count(results, 'written'), count(results, 'lost')], [1, sagas.length - 1]);
  for (const [index, saga] of sagas.entries()) {
    if (results[index] === 'written') await isStored(store, saga, 1);
    else deepStrictEqual(await store.logs(saga.sagaId), []);
  }
}

export const roundTests: StoreTests = {
  'an empty round is fine': async (store) => {
    deepStrictEqual(await store.write([]), []);
  },

  'results come in the order of the writes, and one that loses does not touch the others': async (store) => {
    const updated = await stored(store);
    const behind = await stored(store);
    const taken = await stored(store);
    const fresh = new Scripted();
    const round = [
      new Scripted({ sagaId: taken.sagaId }).write(),
      updated.reply('first', 'do', done()).write(),
      new Scripted({ sagaId: behind.sagaId, definition: behind.definition })
        .reply('first', 'do', refused)
        .write({ revision: 7 }),
      fresh.write(),
    ];
    deepStrictEqual(await store.write(round), ['lost', 'written', 'lost', 'written']);
    await isStored(store, updated, 2);
    await isStored(store, behind, 1);
    await isStored(store, taken, 1);
    await isStored(store, fresh, 1);
  },

  'hundreds of sagas go in one round': async (store) => {
    const sagas = Array.from({ length: 400 }, () => new Scripted());
    ok((await store.write(sagas.map((saga) => saga.write()))).every((result) => result === 'written'));
    const next = sagas.map((saga) => saga.reply('first', 'do', done()).write());
    ok((await store.write(next)).every((result) => result === 'written'));
    for (const saga of [sagas[0], sagas[199], sagas[399]]) await isStored(store, saga as Scripted, 2);
  },

  'of new sagas with one business key in a round, one is written': async (store) => {
    const same = { definition: freshDefinition(), businessKey: 'b' };
    const sagas = [new Scripted(same), new Scripted(same), new Scripted(same)];
    await oneIsThere(store, sagas, await store.write(sagas.map((saga) => saga.write())));
  },

  'of new sagas with one idempotency key in a round, one is written': async (store) => {
    const idempotency = { scope: randomUUID(), key: 'k', fingerprint: 'f' };
    const sagas = [new Scripted(), new Scripted()];
    await oneIsThere(store, sagas, await store.write(sagas.map((saga) => saga.write({ idempotency }))));
  },

  'of two new sagas with one id in a round, the first is written': async (store) => {
    const first = new Scripted();
    const second = new Scripted({ sagaId: first.sagaId, input: 'other' });
    deepStrictEqual(await store.write([first.write(), second.write()]), ['written', 'lost']);
    await isStored(store, first, 1);
  },

  'of two writes of one revision in a round, the first is written': async (store) => {
    const saga = await stored(store);
    const { definition, sagaId } = saga;
    const other = new Scripted({ definition, sagaId }).from({ saga: saga.saga, revision: 1, owner: null });
    const round = [saga.reply('first', 'do', done()).write(), other.reply('first', 'do', refused).write()];
    deepStrictEqual(await store.write(round), ['written', 'lost']);
    await isStored(store, saga, 2);
  },

  'of two writes of one revision at the same instant, one is written': async (store) => {
    const saga = await stored(store);
    const { definition, sagaId } = saga;
    const other = new Scripted({ definition, sagaId }).from({ saga: saga.saga, revision: 1, owner: null });
    const writes = [saga.reply('first', 'do', done()).write(), other.reply('first', 'do', refused).write()];
    const results = (await Promise.all(writes.map((write) => store.write([write])))).flat();
    deepStrictEqual(count(results, 'written'), 1);
    await isStored(store, results[0] === 'written' ? saga : other, 2);
  },

  'of new sagas with one business key at the same instant, one is written': async (store) => {
    const same = { definition: freshDefinition(), businessKey: 'b' };
    const sagas = Array.from({ length: 8 }, () => new Scripted(same));
    const results = await Promise.all(sagas.map((saga) => store.write([saga.write()])));
    await oneIsThere(store, sagas, results.flat());
  },

  'rounds of the same business keys in other orders neither fail nor write twice': async (store) => {
    for (let times = 0; times < 3; times++) {
      const definition = freshDefinition();
      const keys = Array.from({ length: 40 }, (_, index) => `b${index}`);
      const writesOf = (each: readonly string[]) =>
        each.map((businessKey) => new Scripted({ definition, businessKey }).write());
      const [one, other] = await Promise.all([store.write(writesOf(keys)), store.write(writesOf(keys.toReversed()))]);
      for (const index of keys.keys())
        deepStrictEqual([one?.[index], other?.toReversed()[index]].sort(), ['lost', 'written']);
    }
  },

  'rounds of the same sagas in other orders neither fail nor write twice': async (store) => {
    for (let times = 0; times < 3; times++) {
      const sagas = Array.from({ length: 40 }, () => new Scripted());
      const forth = sagas.map((saga) => saga.write());
      const back = forth.toReversed();
      const [one, other] = await Promise.all([store.write(forth), store.write(back)]);
      for (const [index, saga] of sagas.entries()) {
        deepStrictEqual([one?.[index], other?.toReversed()[index]].sort(), ['lost', 'written']);
        await isStored(store, saga, 1);
      }
      const next = sagas.map((saga) => saga.reply('first', 'do', done()).write());
      const [first, second] = await Promise.all([store.write(next), store.write(next.toReversed())]);
      for (const [index, saga] of sagas.entries()) {
        deepStrictEqual([first?.[index], second?.toReversed()[index]].sort(), ['lost', 'written']);
        await isStored(store, saga, 2);
      }
    }
  },

  'a round that fails has written nothing; and if one saga is to blame, the store says so': async (store) => {
    const good = new Scripted();
    const updated = await stored(store);
    const kept = { saga: updated.saga, sagaId: updated.sagaId } as Scripted;
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const bad = new Scripted({ input: circular });
    const round = [good.write(), bad.write(), updated.reply('first', 'do', done()).write()];
    const failure = await store.write(round).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    ok(failure !== undefined, 'what cannot be written must be refused');
    ok(store.isItemError(failure.error), 'a saga that cannot be written is to blame for it');
    await isStored(store, kept, 1);
    deepStrictEqual(await store.find({ by: 'id', sagaId: good.sagaId }), undefined);
    deepStrictEqual(await store.logs(good.sagaId), []);
  },
};
