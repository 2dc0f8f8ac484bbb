import { deepStrictEqual, ok, rejects } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { SagaState } from '../../core/saga.js';
import type { SagaQuery, SagaSummary } from '../../runtime/saga-query.js';
import type { SagaStore } from '../../runtime/store.js';
import {
  change,
  done,
  ended,
  freshDefinition,
  parked,
  refused,
  Scripted,
  type StoreTests,
  stored,
  waitingDefinition,
} from './support.js';

/** All pages, one after the other. */
async function pagesOf(store: SagaStore, query: SagaQuery): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page = await store.list({ ...query, ...(cursor !== undefined && { cursor }) });
    pages.push(page.sagas.map(({ sagaId }) => sagaId));
    cursor = page.nextCursor;
  }
  return pages;
}

/** The query finds these, and of the given type no others. */
async function finds(store: SagaStore, query: SagaQuery, wanted: readonly Scripted[]): Promise<void> {
  const found = (await pagesOf(store, { limit: 2, ...query })).flat();
  deepStrictEqual(found.toSorted(), wanted.map(({ sagaId }) => sagaId).sort());
}

/** One saga in each status, of one type; those that can have a failure have one. */
async function oneOfEach(store: SagaStore) {
  const definition = waitingDefinition();
  const { type } = definition;
  const saga = () => stored(store, { definition });
  const sagas = {
    RUNNING: await saga(),
    WAITING: await saga(),
    COMPENSATING: await saga(),
    PAUSED: await saga(),
    COMPENSATION_FAILED: await saga(),
    COMPLETED: await saga(),
    COMPENSATED: await ended(store, { definition }),
  };
  const { WAITING, COMPENSATING, PAUSED, COMPENSATION_FAILED, COMPLETED } = sagas;
  for (const each of [WAITING, COMPENSATING, COMPENSATION_FAILED, COMPLETED])
    await change(store, each.reply('first', 'do', done()));
  for (const each of [COMPENSATING, COMPENSATION_FAILED])
    await change(store, each.happen({ kind: 'cancelRequested', reason: 'no more' }));
  await change(store, COMPENSATION_FAILED.reply('first', 'undo', refused));
  await change(store, PAUSED.happen({ kind: 'pause' }));
  await change(store, COMPLETED.happen({ kind: 'event', event: 'happened', payload: {} }));
  await change(store, COMPLETED.reply('second', 'do', done()));
  for (const [status, { saga }] of Object.entries(sagas)) deepStrictEqual(saga.status, status);
  return { type, sagas };
}

export const listTests: StoreTests = {
  'the latest created come first, page by page, each of them once': async (store) => {
    const definition = freshDefinition();
    const { type } = definition;
    const sagas: Scripted[] = [];
    for (const [index, at] of [5, 1, 3, 3, 3, 2, 4].entries()) {
      const make = [stored, ended, parked][index % 3] as typeof stored;
      sagas.push(await make(store, { definition, at: 1_700_000_000_000 + at }));
    }
    const position = ({ saga: { createdAt, sagaId } }: Scripted) => `${createdAt}.${sagaId}`;
    const ordered = sagas.toSorted((one, other) => (position(one) > position(other) ? -1 : 1));
    const ids = ordered.map(({ sagaId }) => sagaId);
    deepStrictEqual(await pagesOf(store, { types: [type], limit: 3 }), [
      ids.slice(0, 3),
      ids.slice(3, 6),
      ids.slice(6),
    ]);
    deepStrictEqual(await pagesOf(store, { types: [type], limit: 7 }), [ids]);
    deepStrictEqual(await pagesOf(store, { types: [type] }), [ids]);
  },

  'sagas that begin or go on while somebody turns the pages are not in the way': async (store) => {
    const definition = freshDefinition();
    const at = Date.now() - 60_000;
    const old = [await stored(store, { definition, at }), await stored(store, { definition, at: at + 1 })] as const;
    const [first] = (await pagesOf(store, { types: [definition.type], limit: 1 })) as [string[]];
    deepStrictEqual(first, [old[1].sagaId]);
    const { nextCursor = '' } = await store.list({ types: [definition.type], limit: 1 });
    await stored(store, { definition });
    for (const saga of old) await change(store, saga.reply('first', 'do', refused));
    const { sagas } = await store.list({ types: [definition.type], limit: 1, cursor: nextCursor });
    deepStrictEqual(
      sagas.map(({ sagaId }) => sagaId),
      [old[0].sagaId],
    );
  },

  'without filters, there are sagas of all types': async (store) => {
    const at = Date.UTC(2250, 0, 1);
    const sagas = [await stored(store, { at }), await parked(store, { at }), await ended(store, { at })];
    const found = (await store.list({ limit: 500 })).sagas.map(({ sagaId }) => sagaId);
    for (const { sagaId } of sagas) ok(found.includes(sagaId));
  },

  'by statuses': async (store) => {
    const { type, sagas } = await oneOfEach(store);
    for (const saga of Object.values(sagas))
      await finds(store, { types: [type], statuses: [saga.saga.status] }, [saga]);
    const { WAITING, COMPLETED, RUNNING } = sagas;
    await finds(store, { types: [type], statuses: ['WAITING', 'COMPLETED', 'RUNNING'] }, [WAITING, COMPLETED, RUNNING]);
    await finds(store, { types: [type], statuses: [] }, []);
  },

  'by types': async (store) => {
    const sagas = [await stored(store), await parked(store), await ended(store), await stored(store)];
    const types = sagas.map(({ saga }) => saga.type);
    await finds(store, { types }, sagas);
    await finds(store, { types: types.slice(1, 3) }, sagas.slice(1, 3));
    await finds(store, { types: [randomUUID()] }, []);
    await finds(store, { types: [] }, []);
  },

  'by the step that is at work or parked now': async (store) => {
    const { type, sagas } = await oneOfEach(store);
    const { RUNNING, WAITING, COMPENSATING, PAUSED, COMPENSATION_FAILED } = sagas;
    await finds(store, { types: [type], step: 'first' }, [RUNNING, COMPENSATING, PAUSED, COMPENSATION_FAILED]);
    await finds(store, { types: [type], step: 'waits' }, [WAITING]);
    await finds(store, { types: [type], step: 'first', statuses: ['PAUSED', 'COMPLETED'] }, [PAUSED]);
    await finds(store, { types: [type], step: 'second' }, []);
    await finds(store, { types: [type], step: 'toString' }, []);
  },

  'by the code of the failure': async (store) => {
    const { type, sagas } = await oneOfEach(store);
    const { COMPENSATING, COMPENSATION_FAILED, COMPENSATED } = sagas;
    await finds(store, { types: [type], errorCode: 'CANCELLED' }, [COMPENSATING, COMPENSATION_FAILED]);
    await finds(store, { types: [type], errorCode: 'NO' }, [COMPENSATED]);
    await finds(store, { types: [type], errorCode: 'no' }, []);
  },

  'by business key, and by its beginning': async (store) => {
    const id = randomUUID();
    const keys = ['a', 'A', 'ab', 'ä', 'a%', 'a%b', 'a_b', 'a\\b', '\u{10ffff}', '\u{10ffff}z', 'ﬁ'].map(
      (key) => id + key,
    );
    const definition = freshDefinition();
    const sagas = await Promise.all(keys.map((businessKey) => stored(store, { definition, businessKey })));
    const elsewhere = await ended(store, { businessKey: keys[2] as string });
    const all = [...sagas, elsewhere];
    for (const key of [...keys, id]) {
      await finds(
        store,
        { businessKey: key },
        all.filter(({ saga }) => saga.businessKey === key),
      );
      await finds(
        store,
        { businessKeyPrefix: key },
        all.filter(({ saga }) => saga.businessKey.startsWith(key)),
      );
    }
    await finds(store, { types: [definition.type], businessKeyPrefix: '' }, sagas);
  },

  'by time of creation: from this millisecond, until before that': async (store) => {
    const definition = freshDefinition();
    const at = 1_600_000_000_000;
    const sagas = [
      await stored(store, { definition, at }),
      await ended(store, { definition, at: at + 1 }),
      await parked(store, { definition, at: at + 2 }),
    ];
    const types = [definition.type];
    await finds(store, { types, createdAfter: at + 1 }, sagas.slice(1));
    await finds(store, { types, createdBefore: at + 1 }, sagas.slice(0, 1));
    await finds(store, { types, createdAfter: at + 1, createdBefore: at + 2 }, sagas.slice(1, 2));
    await finds(store, { types, createdAfter: -1e18, createdBefore: 1e18 }, sagas);
    await finds(store, { types, createdAfter: Infinity }, []);
  },

  'by lane': async (store) => {
    const lane = randomUUID();
    const sagas = [await stored(store, { lane }), await ended(store, { lane }), await parked(store, { lane })];
    await stored(store, { lane: randomUUID() });
    await finds(store, { lane }, sagas);
    await finds(store, { lane, statuses: ['COMPENSATED'] }, sagas.slice(1, 2));
  },

  'all filters must fit': async (store) => {
    const definition = freshDefinition();
    const [at, lane, businessKey] = [Date.now(), randomUUID(), randomUUID()];
    const saga = await parked(store, { definition, at, lane, businessKey });
    const query: SagaQuery = {
      types: [definition.type],
      statuses: ['COMPENSATION_FAILED'],
      step: 'first',
      errorCode: 'NO',
      businessKey,
      businessKeyPrefix: businessKey.slice(0, 9),
      createdAfter: at,
      createdBefore: at + 1,
      lane,
    };
    await finds(store, query, [saga]);
    for (const other of [
      { types: ['other'] },
      { statuses: ['RUNNING'] },
      { step: 'second' },
      { errorCode: 'OTHER' },
      { businessKey: 'other' },
      { businessKeyPrefix: 'other' },
      { createdAfter: at + 1 },
      { createdBefore: at },
      { lane: 'other' },
    ] satisfies SagaQuery[])
      await finds(store, { ...query, ...other }, []);
  },

  'what a list tells of a saga': async (store) => {
    const lane = randomUUID();
    await stored(store, { lane }, { dueInMs: null, owner: null });
    const scripted = await ended(store, { lane, at: 1_700_000_000_000 });
    const running = await stored(store, { lane, at: 1_600_000_000_000 });
    const [nobodys, compensated, due] = (await store.list({ lane })).sagas as [SagaSummary, SagaSummary, SagaSummary];
    deepStrictEqual([nobodys.dueAt, nobodys.owner], [null, null]);
    deepStrictEqual(compensated, { ...told(scripted.saga), currentStep: null, lane, dueAt: null, revision: 2 });
    const { dueAt, ...rest } = due;
    ok(Math.abs((dueAt ?? 0) - Date.now() - 60_000) < 60_000, `due at ${dueAt}`);
    deepStrictEqual(rest, { ...told(running.saga), currentStep: 'first', lane, revision: 1 });
  },

  'a query that cannot be answered is refused': async (store) => {
    const code = { code: 'INVALID_QUERY' };
    for (const limit of [0, -1, 501, 1.5, Number.NaN]) await rejects(store.list({ limit }), code);
    for (const cursor of ['', 'x', '17', `x.${randomUUID()}`, '17.', `${randomUUID()}.17`])
      await rejects(store.list({ cursor }), code);
    await rejects(store.list({ createdAfter: Number.NaN }), code);
    await rejects(store.list({ businessKey: 'a\0' }), code);
    await rejects(store.list({ types: ['a', '\0'] }), code);
  },
};

/** The part of a summary that the state has. */
function told(saga: SagaState) {
  const { sagaId, type, version, status, businessKey, createdAt, updatedAt } = saga;
  const { details: _, ...failure } = { details: 0, ...('failure' in saga && saga.failure) };
  return {
    ...{ sagaId, type, version, status, businessKey, createdAt, updatedAt, owner: 'owner-a' },
    ...('code' in failure && { failure }),
    ...('endedAt' in saga && { endedAt: saga.endedAt }),
  };
}
