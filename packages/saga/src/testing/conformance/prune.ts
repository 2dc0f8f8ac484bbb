import { deepStrictEqual, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaStore } from '../../runtime/store.js';
import {
  change,
  done,
  ended,
  freshDefinition,
  isStored,
  parked,
  type Scripted,
  type StoreTests,
  stored,
  waitingDefinition,
} from './support.js';

const LIMIT = 1_000;
/** Long before anything that was written by others. */
const OLD = Date.UTC(1990, 0, 1);
const DAY = 86_400_000;

/** Prunes what ended before a time of 1990, and deletes what ended before another, until nothing is left to do. */
async function pruneAll(store: SagaStore, endedBefore: number, keysEndedBefore = 0): Promise<void> {
  for (;;) {
    const { pruned, deleted } = await store.prune({ endedBefore, keysEndedBefore, limit: LIMIT });
    if (pruned + deleted === 0) return;
  }
}

const recordOf = (store: SagaStore, { sagaId }: Scripted) => store.find({ by: 'id', sagaId });

/** Nothing of it was lost. */
async function isWhole(store: SagaStore, saga: Scripted, revision: number): Promise<void> {
  await isStored(store, saga, revision);
  deepStrictEqual((await recordOf(store, saga))?.prunedAt, undefined);
}

export const pruneTests: StoreTests = {
  'what ended long ago keeps its keys and its outcome, and nothing else': async (store) => {
    const idempotency = { scope: randomUUID(), key: 'k', fingerprint: 'f' };
    const lane = randomUUID();
    const { saga, sagaId } = await ended(store, { at: OLD, lane, traceparent: '00-a-b-01' }, { idempotency });
    await pruneAll(store, OLD + DAY);
    const record = await store.find({ by: 'id', sagaId });
    ok((record?.prunedAt ?? 0) > OLD, 'it says when it was pruned');
    const { type, version, status, businessKey, logSeq, createdAt, updatedAt, traceparent } = saga;
    const failure = { code: 'NO', message: 'no' };
    const kept = { sagaId, type, version, status, businessKey, logSeq, createdAt, updatedAt, traceparent, failure };
    deepStrictEqual(record?.saga, { ...kept, input: null, steps: {}, endedAt: updatedAt });
    deepStrictEqual([record?.revision, record?.idempotency], [2, idempotency]);
    deepStrictEqual(await store.logs(sagaId), []);
    deepStrictEqual(await store.find({ by: 'businessKey', type, businessKey }), record);
    deepStrictEqual(await store.find({ by: 'idempotencyKey', ...idempotency }), record);
    deepStrictEqual((await store.list({ types: [type] })).sagas[0]?.failure, failure);
  },

  'one that completed has no failure afterwards either': async (store) => {
    const saga = await stored(store, { at: OLD });
    await change(store, saga.reply('first', 'do', done()));
    await change(store, saga.reply('second', 'do', done()));
    await pruneAll(store, OLD + DAY);
    const record = await recordOf(store, saga);
    deepStrictEqual([record?.saga.status, 'failure' in (record?.saga ?? {})], ['COMPLETED', false]);
  },

  'what ended later, or at the very time, stays whole': async (store) => {
    const saga = await ended(store, { at: OLD });
    const at = saga.saga.updatedAt;
    const later = await ended(store, { at: OLD + DAY });
    await pruneAll(store, at);
    await isWhole(store, saga, 2);
    await pruneAll(store, at + 1);
    ok((await recordOf(store, saga))?.prunedAt !== undefined);
    await isWhole(store, later, 2);
  },

  'what has not ended stays whole, however old it is': async (store) => {
    const definition = waitingDefinition();
    const running = await stored(store, { at: OLD });
    const waiting = await stored(store, { at: OLD, definition });
    await change(store, waiting.reply('first', 'do', done()));
    const paused = await stored(store, { at: OLD });
    await change(store, paused.happen({ kind: 'pause' }));
    const sagas = [running, waiting, paused, await parked(store, { at: OLD })];
    await pruneAll(store, OLD + DAY, OLD + DAY);
    for (const [index, revision] of [1, 2, 2, 4].entries()) await isWhole(store, sagas[index] as Scripted, revision);
  },

  'after the second term the row goes too, and its keys are free': async (store) => {
    const idempotency = { scope: randomUUID(), key: 'k', fingerprint: 'f' };
    const definition = freshDefinition();
    const { sagaId, saga } = await ended(store, { at: OLD, definition }, { idempotency });
    const later = await ended(store, { at: OLD + DAY, definition });
    await pruneAll(store, OLD + 2 * DAY, OLD + DAY);
    deepStrictEqual(await store.find({ by: 'id', sagaId }), undefined);
    deepStrictEqual(await store.logs(sagaId), []);
    ok((await recordOf(store, later))?.prunedAt !== undefined);
    await stored(store, { sagaId, definition, businessKey: saga.businessKey }, { idempotency });
  },

  'if the second term is shorter than the first, it holds': async (store) => {
    const saga = await ended(store, { at: OLD });
    await pruneAll(store, 0, OLD + DAY);
    deepStrictEqual(await recordOf(store, saga), undefined);
    deepStrictEqual(await store.logs(saga.sagaId), []);
  },

  'no more than the limit at once, what ended first before the rest, and each only once': async (store) => {
    await pruneAll(store, OLD + 9 * DAY, OLD + 9 * DAY);
    const sagas: Scripted[] = [];
    for (const day of [3, 1, 2]) sagas.push(await ended(store, { at: OLD + day * DAY }));
    const pruned = async () => {
      const records = await Promise.all(sagas.map((saga) => recordOf(store, saga)));
      return records.map((record) =>
        record === undefined ? 'gone' : record.prunedAt === undefined ? 'whole' : 'pruned',
      );
    };
    const retention = { endedBefore: OLD + 9 * DAY, keysEndedBefore: 0, limit: 2 };
    deepStrictEqual(await store.prune(retention), { pruned: 2, deleted: 0 });
    deepStrictEqual(await pruned(), ['whole', 'pruned', 'pruned']);
    deepStrictEqual(await store.prune(retention), { pruned: 1, deleted: 0 });
    deepStrictEqual(await store.prune(retention), { pruned: 0, deleted: 0 });
    const deleting = { ...retention, keysEndedBefore: OLD + 9 * DAY, limit: 1 };
    deepStrictEqual(await store.prune(deleting), { pruned: 0, deleted: 1 });
    deepStrictEqual(await pruned(), ['pruned', 'gone', 'pruned']);
  },

  'two that prune at the same instant do not get in each other’s way': async (store) => {
    await pruneAll(store, OLD + DAY, OLD + DAY);
    const sagas = await Promise.all(Array.from({ length: 30 }, () => ended(store, { at: OLD })));
    const retention = { endedBefore: OLD + DAY, keysEndedBefore: OLD + DAY, limit: 10 };
    const done = { pruned: 0, deleted: 0 };
    // What one skips because another is at it is there for the next.
    for (let round = 0; round < 10; round++) {
      for (const { pruned, deleted } of await Promise.all([store.prune(retention), store.prune(retention)])) {
        done.pruned += pruned;
        done.deleted += deleted;
      }
    }
    deepStrictEqual(done, { pruned: 30, deleted: 30 });
    deepStrictEqual(await store.load(sagas.map(({ sagaId }) => sagaId)), []);
  },
};
