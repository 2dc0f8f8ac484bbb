import { deepStrictEqual, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaDefinition } from '../../core/definition.js';
import { fold } from '../../core/evolve.js';
import type { SagaRecord, SagaStore } from '../../runtime/store.js';
import {
  change,
  claimOf,
  done,
  freshDefinition,
  idsOf,
  refused,
  Scripted,
  type StoreTests,
  stored,
} from './support.js';

const overdue = (store: SagaStore, definition: SagaDefinition, ms = 1_000, owner = 'owner-a') =>
  stored(store, { definition }, { dueInMs: -ms, owner });

const many = (store: SagaStore, definition: SagaDefinition, count: number) => {
  const sagas = Array.from({ length: count }, () => new Scripted({ definition }));
  return store.write(sagas.map((saga) => saga.write({ dueInMs: -1_000 }))).then(() => sagas);
};

export const claimTests: StoreTests = {
  'own: whatever bears the name is taken, due or not, and nothing else': async (store) => {
    const definition = freshDefinition();
    const due = await overdue(store, definition, 1_000, 'me');
    const early = await stored(store, { definition }, { dueInMs: 3_600_000, owner: 'me' });
    await overdue(store, definition, 1_000, 'somebody else');
    const claimed = await store.claim(claimOf(definition, { which: 'own', owner: 'me', graceMs: 60_000 }));
    deepStrictEqual(idsOf(claimed), [due.sagaId, early.sagaId].sort());
  },

  'overdue: what has been due for the grace time is taken, whoever wrote it, and nothing else': async (store) => {
    const definition = freshDefinition();
    const sagas = [await overdue(store, definition, 5_000, 'me'), await overdue(store, definition, 5_000, 'other')];
    await overdue(store, definition, 500);
    await stored(store, { definition }, { dueInMs: 3_600_000, owner: 'me' });
    const claimed = await store.claim(claimOf(definition, { owner: 'me', graceMs: 2_000 }));
    deepStrictEqual(idsOf(claimed), sagas.map(({ sagaId }) => sagaId).sort());
  },

  'a saga that has ended or is parked is never taken': async (store) => {
    const definition = freshDefinition();
    const ended = await overdue(store, definition);
    await store.write([ended.reply('first', 'do', refused).write()]);
    const parked = await overdue(store, definition);
    for (const [step, phase, outcome] of [
      ['first', 'do', done()],
      ['second', 'do', refused],
      ['first', 'undo', refused],
    ] as const)
      await store.write([parked.reply(step, phase, outcome).write()]);
    for (const which of ['own', 'overdue'] as const)
      deepStrictEqual(await store.claim(claimOf(definition, { which, owner: 'owner-a' })), []);
  },

  'only sagas of the given definitions are taken, of exactly those versions': async (store) => {
    const first = freshDefinition();
    const second = freshDefinition(2, first.type);
    const other = freshDefinition(2);
    const sagas = [await overdue(store, first), await overdue(store, second), await overdue(store, other)];
    deepStrictEqual(await store.claim(claimOf(first, { definitions: [] })), []);
    const crossed = { ...other, version: 1 };
    deepStrictEqual(await store.claim(claimOf(first, { definitions: [crossed] })), []);
    const claimed = await store.claim(claimOf(first, { definitions: [second, other] }));
    deepStrictEqual(idsOf(claimed), [sagas[1]?.sagaId, sagas[2]?.sagaId].sort());
  },

  'sagas that the claimer is at work on are left out': async (store) => {
    const definition = freshDefinition();
    const sagas = await many(store, definition, 3);
    const except = [sagas[1]?.sagaId ?? '', randomUUID()];
    for (const which of ['own', 'overdue'] as const) {
      const claimed = await store.claim(claimOf(definition, { except, which, owner: 'owner-a', holdMs: -1_000 }));
      deepStrictEqual(idsOf(claimed), [sagas[0]?.sagaId, sagas[2]?.sagaId].sort());
    }
  },

  'no more are taken than the limit, the longest overdue first': async (store) => {
    const definition = freshDefinition();
    const [young, old, oldest] = [
      await overdue(store, definition, 1_000),
      await overdue(store, definition, 2_000),
      await overdue(store, definition, 3_000),
    ];
    deepStrictEqual(idsOf(await store.claim(claimOf(definition, { limit: 2 }))), [old.sagaId, oldest.sagaId].sort());
    deepStrictEqual(idsOf(await store.claim(claimOf(definition, { limit: 2 }))), [young.sagaId]);
  },

  'a saga that is taken has another owner, the next revision, and an entry that says so': async (store) => {
    const definition = freshDefinition();
    const idempotency = { scope: randomUUID(), key: 'k', fingerprint: 'f' };
    const before = await stored(store, { definition }, { dueInMs: -1_000, idempotency });
    const [record] = await store.claim(claimOf(definition));
    const { saga, ...rest } = record as SagaRecord;
    deepStrictEqual(rest, { revision: 2, owner: 'owner-b', idempotency });
    deepStrictEqual({ ...saga, updatedAt: 0 }, { ...before.saga, logSeq: before.saga.logSeq + 1, updatedAt: 0 });
    deepStrictEqual(await store.find({ by: 'id', sagaId: saga.sagaId }), record);
    const logs = await store.logs(saga.sagaId);
    const { event, step, attempt, data, seq } = logs.at(-1) ?? {};
    deepStrictEqual(
      { event, step, attempt, data, seq },
      { event: 'SAGA_CLAIMED', step: null, attempt: null, data: { owner: 'owner-b' }, seq: saga.logSeq },
    );
    deepStrictEqual(fold(logs, saga.sagaId), saga);
  },

  'whoever held it before loses, and the new holder writes': async (store) => {
    const definition = freshDefinition();
    const former = await overdue(store, definition);
    const [record] = await store.claim(claimOf(definition));
    deepStrictEqual(await store.write([former.reply('first', 'do', done()).write()]), ['lost']);
    const holder = new Scripted({ definition, sagaId: former.sagaId }).from(record as SagaRecord);
    deepStrictEqual(await store.write([holder.reply('first', 'do', done()).write()]), ['written']);
    deepStrictEqual(fold(await store.logs(former.sagaId), former.sagaId), holder.saga);
  },

  'what was taken is left to its taker for the hold time': async (store) => {
    const definition = freshDefinition();
    await overdue(store, definition);
    deepStrictEqual((await store.claim(claimOf(definition, { holdMs: 60_000 }))).length, 1);
    deepStrictEqual(await store.claim(claimOf(definition, { owner: 'owner-c' })), []);
  },

  'what its taker does not go on with can be taken again after the hold time': async (store) => {
    const definition = freshDefinition();
    await overdue(store, definition);
    deepStrictEqual((await store.claim(claimOf(definition, { holdMs: -1_000 }))).length, 1);
    deepStrictEqual((await store.claim(claimOf(definition, { owner: 'owner-c' }))).length, 1);
  },

  'claims at the same instant never get the same saga': async (store) => {
    for (const which of ['overdue', 'own'] as const) {
      const definition = freshDefinition();
      const sagas = await many(store, definition, 60);
      const claim = (index: number) =>
        claimOf(definition, { which, owner: which === 'own' ? 'owner-a' : `owner-${index}`, limit: 25 });
      const taken = (await Promise.all([0, 1, 2, 3].map((index) => store.claim(claim(index))))).flat();
      // One that is skipped because another claim was looking at it is there for the next.
      if (which === 'overdue') taken.push(...(await store.claim(claimOf(definition))));
      const all = sagas.map(({ sagaId }) => sagaId).sort();
      if (which === 'overdue') deepStrictEqual(idsOf(taken), all);
      for (const { saga, revision } of taken) {
        const times = taken.filter((other) => other.saga.sagaId === saga.sagaId && other.revision === revision);
        ok(times.length === 1, 'two claims got the same revision of a saga');
      }
    }
  },

  'what is nobody’s is anybody’s as soon as it is due, without the grace time, and not before': async (store) => {
    const definition = freshDefinition();
    await stored(store, { definition }, { dueInMs: 3_600_000, owner: null });
    const due = await stored(store, { definition }, { dueInMs: -1, owner: null });
    deepStrictEqual((await store.find({ by: 'id', sagaId: due.sagaId }))?.owner, null);
    deepStrictEqual(await store.claim(claimOf(definition, { which: 'own', owner: 'owner-a' })), []);
    deepStrictEqual(idsOf(await store.claim(claimOf(definition, { graceMs: 60_000 }))), [due.sagaId]);
  },

  'a saga that somebody goes on with can become nobody’s, and somebody’s again': async (store) => {
    const saga = await stored(store, {});
    for (const owner of [null, 'owner-c'] as const) {
      await change(store, saga.happen({ kind: owner === null ? 'pause' : 'resume' }), { owner });
      deepStrictEqual((await store.find({ by: 'id', sagaId: saga.sagaId }))?.owner, owner);
    }
  },

  'what is released is due at once for anybody, without the grace time': async (store) => {
    const definition = freshDefinition();
    const { sagaId } = await stored(store, { definition }, { dueInMs: 3_600_000 });
    await store.release([{ sagaId, revision: 1 }]);
    deepStrictEqual((await store.find({ by: 'id', sagaId }))?.owner, null);
    deepStrictEqual(idsOf(await store.claim(claimOf(definition, { graceMs: 60_000 }))), [sagaId]);
  },

  'what another has gone on with, has ended or is not there is not released': async (store) => {
    const definition = freshDefinition();
    const moved = await stored(store, { definition }, { dueInMs: 3_600_000 });
    await store.write([moved.reply('first', 'do', done()).write({ dueInMs: 3_600_000 })]);
    const ended = await stored(store, { definition });
    await store.write([ended.reply('first', 'do', refused).write()]);
    await store.release([
      { sagaId: moved.sagaId, revision: 1 },
      { sagaId: ended.sagaId, revision: 2 },
      { sagaId: randomUUID(), revision: 1 },
    ]);
    await store.release([]);
    deepStrictEqual(await store.claim(claimOf(definition)), []);
    deepStrictEqual((await store.find({ by: 'id', sagaId: moved.sagaId }))?.owner, 'owner-a');
  },
};
