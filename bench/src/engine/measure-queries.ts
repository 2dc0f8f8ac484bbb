import type { Claim, SagaQuery, SagaStore } from '@saga-checkout/saga';
import { openStore } from './engine.js';
import { connect } from './server.js';

/** Each query is asked so often, but for no longer than its time. */
const MOST_RUNS = 20;
const MOST_MS = 2_000;

export interface QueryResult {
  readonly name: string;
  /** Median. */
  readonly ms: number;
}

type Query = (store: SagaStore) => Promise<unknown>;

/** What is asked of the journal besides writing it, each alone on a store at rest. */
export async function measureQueries({ url }: { readonly url: string }): Promise<QueryResult[]> {
  const some = await someSaga(url);
  const list = (query: SagaQuery) => (store: SagaStore) => store.list(query);
  const queries: Readonly<Record<string, Query>> = {
    'find by id': (store) => store.find({ by: 'id', sagaId: some.sagaId }),
    'find by business key': (store) => store.find({ by: 'businessKey', ...some }),
    "a saga's journal": (store) => store.logs(some.sagaId),
    'sagas in flight, by definition': (store) => store.inFlight(),
    'sagas that have not ended, by status': (store) => store.counts(),
    'list: the latest 50': list({}),
    'list: the 50 before one in the middle': list({ createdBefore: some.createdAt }),
    'list: compensated': list({ statuses: ['COMPENSATED'] }),
    'list: by error code': list({ errorCode: 'NO' }),
    'list: by the beginning of a business key': list({ businessKeyPrefix: some.businessKey.slice(0, 13) }),
    'list: now at a step': list({ step: 'step1' }),
    'prune 100': (store) => store.prune({ endedBefore: Date.now(), keysEndedBefore: 0, limit: 100 }),
  };
  return withStore(url, async (store) => {
    const results: QueryResult[] = [];
    for (const [name, query] of Object.entries(queries)) results.push({ name, ms: await medianMs(() => query(store)) });
    return results;
  });
}

export interface SweepOptions {
  readonly url: string;
  /** The definition's type. */
  readonly definition: string;
}

/** One sweep after the other over what is overdue, each for as many sagas as the runtime takes over at a time. */
export async function measureSweeps({ url, definition }: SweepOptions): Promise<{ ms: number }> {
  const claim: Claim = {
    owner: 'another',
    definitions: [{ type: definition, version: 1 }],
    limit: 200,
    which: 'overdue',
    graceMs: 500,
    holdMs: 600_000,
    except: [],
  };
  return withStore(url, async (store) => ({ ms: await medianMs(() => store.claim(claim)) }));
}

async function withStore<T>(url: string, work: (store: SagaStore) => Promise<T>): Promise<T> {
  const { store, close } = openStore({ url });
  try {
    return await work(store);
  } finally {
    await close();
  }
}

/** Once without measuring, so that the statement is prepared; then again and again. */
async function medianMs(query: () => Promise<unknown>): Promise<number> {
  await query();
  const figures: number[] = [];
  const end = performance.now() + MOST_MS;
  while (figures.length < MOST_RUNS && (figures.length === 0 || performance.now() < end)) {
    const began = performance.now();
    await query();
    figures.push(performance.now() - began);
  }
  figures.sort((one, other) => one - other);
  return figures[figures.length >> 1] ?? Number.NaN;
}

interface Some {
  readonly sagaId: string;
  readonly type: string;
  readonly businessKey: string;
  readonly createdAt: number;
}

/** One from the middle of what is there. */
async function someSaga(url: string): Promise<Some> {
  const client = await connect(url);
  try {
    const { rows } = await client.query(
      `select saga_id as "sagaId", saga_type as type, business_key as "businessKey",
        (extract(epoch from created_at) * 1000)::float8 as "createdAt" from saga_state
       order by saga_id offset (select count(*) / 2 from saga_state) limit 1`,
    );
    return rows[0];
  } finally {
    await client.end();
  }
}
