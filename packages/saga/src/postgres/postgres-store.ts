import type { LogEntry } from '../core/log.js';
import { checkQuery, pageOf } from '../runtime/pages.js';
import type { SagaPage, SagaQuery } from '../runtime/saga-query.js';
import type {
  Claim,
  JournalWrite,
  Pruned,
  Retention,
  SagaCount,
  SagaKey,
  SagaRecord,
  SagaStore,
  StoredDefinition,
  WriteResult,
} from '../runtime/store.js';
import { claimStatement } from './claim.js';
import { COUNTS, IN_FLIGHT } from './counts.js';
import { registration, replacement } from './definitions.js';
import { listStatement, type SummaryRow, summaryOf } from './list.js';
import type { PostgresPool, Statement } from './pool.js';
import { deletion, emptying } from './prune.js';
import { entryOf, type LogRow, recordOf, STATE_COLUMNS, type StateRow } from './rows.js';
import { firstOfEach, parametersOf, UnwritableError, WRITE_ROUND } from './write-round.js';

const RELEASE = `
update saga_state s set due_at = now(), owner = null, revision = s.revision
from unnest($1::uuid[], $2::int[]) as r(saga_id, revision)
where s.saga_id = r.saga_id and s.revision = r.revision and s.due_at is not null`;

/** SQLSTATE classes that a single saga's data can bring about: data exceptions, constraint violations, limits. */
const ITEM_ERROR_CLASSES = new Set(['22', '23', '54']);

/** Deadlock, serialization failure. */
const LOCKED_OUT = new Set(['40P01', '40001']);
const MOST_ATTEMPTS = 5;

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const FORGET_KEY = `
update saga_state set idempotency_scope = null, idempotency_key = null, request_fingerprint = null where saga_id = $1`;

/**
 * The journal in Postgres: the tables `saga_state`, `saga_logs` and `saga_definitions` of the pool's database. Statements
 * but lists are prepared once per connection. Needs Postgres 13 or newer.
 */
export class PostgresStore implements SagaStore {
  readonly #pool: PostgresPool;

  constructor(pool: PostgresPool) {
    this.#pool = pool;
  }

  async write(round: readonly JournalWrite[]): Promise<readonly WriteResult[]> {
    if (round.length === 0) return [];
    const firsts = firstOfEach(round);
    const values = parametersOf([...firsts.values()]);
    const statement = { name: 'saga_write_round', text: WRITE_ROUND, values };
    const rows = await this.#again(() => this.#rows<{ saga_id: string }>(statement));
    const written = new Set(rows.map((row) => row.saga_id));
    return round.map((write) => {
      const { sagaId } = write.saga;
      return firsts.get(sagaId) === write && written.has(sagaId) ? 'written' : 'lost';
    });
  }

  async claim(claim: Claim): Promise<readonly SagaRecord[]> {
    return (await this.#rows<StateRow>(claimStatement(claim))).map(recordOf);
  }

  async find(key: SagaKey): Promise<SagaRecord | undefined> {
    const [row] = await this.#rows<StateRow>(findStatement(key));
    return row && recordOf(row);
  }

  async load(sagaIds: readonly string[]): Promise<readonly SagaRecord[]> {
    const text = `select ${STATE_COLUMNS} from saga_state s where saga_id = any ($1::uuid[])`;
    return (await this.#rows<StateRow>({ name: 'saga_load', text, values: [sagaIds] })).map(recordOf);
  }

  async loadEnded(sagaIds: readonly string[]): Promise<readonly SagaRecord[]> {
    const text = `select ${STATE_COLUMNS} from saga_state s
      where saga_id = any ($1::uuid[]) and completed_at is not null`;
    return (await this.#rows<StateRow>({ name: 'saga_load_ended', text, values: [sagaIds] })).map(recordOf);
  }

  async logs(sagaId: string): Promise<readonly LogEntry[]> {
    const text = 'select seq, event, step, attempt, data, created_at from saga_logs where saga_id = $1 order by seq';
    return (await this.#rows<LogRow>({ name: 'saga_logs', text, values: [sagaId] })).map(entryOf);
  }

  async release(sagas: readonly { readonly sagaId: string; readonly revision: number }[]): Promise<void> {
    const values = [sagas.map(({ sagaId }) => sagaId), sagas.map(({ revision }) => revision)];
    await this.#again(() => this.#rows({ name: 'saga_release', text: RELEASE, values }));
  }

  async forgetIdempotencyKey(sagaId: string): Promise<void> {
    await this.#rows({ name: 'saga_forget_key', text: FORGET_KEY, values: [sagaId] });
  }

  async inFlight(): Promise<readonly { type: string; version: number; count: number }[]> {
    return this.#rows({ name: 'saga_in_flight', text: IN_FLIGHT, values: [] });
  }

  async counts(): Promise<readonly SagaCount[]> {
    return this.#rows({ name: 'saga_counts', text: COUNTS, values: [] });
  }

  async list(query: SagaQuery): Promise<SagaPage> {
    const checked = checkQuery(query, UUID);
    const rows = await this.#rows<SummaryRow>(listStatement(checked));
    return pageOf(rows.map(summaryOf), checked.limit);
  }

  async prune(retention: Retention): Promise<Pruned> {
    const pruned = await this.#count(emptying(retention));
    return { pruned, deleted: await this.#count(deletion(retention)) };
  }

  async register(definitions: readonly StoredDefinition[]): Promise<readonly StoredDefinition[]> {
    const [insert, select] = registration(definitions);
    await this.#rows(insert);
    const kept = new Map((await this.#rows<StoredDefinition>(select)).map((each) => [keyOf(each), each]));
    return definitions.map((definition) => kept.get(keyOf(definition)) ?? definition);
  }

  async replaceDefinition(definition: StoredDefinition): Promise<boolean> {
    return (await this.#rows(replacement(definition))).length > 0;
  }

  isItemError(error: unknown): boolean {
    return error instanceof UnwritableError || ITEM_ERROR_CLASSES.has(sqlState(error).slice(0, 2));
  }

  /** Rounds of several processes over the same sagas may lock each other out; then nothing was done, and it is tried again. */
  async #again<T>(statement: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await statement();
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !LOCKED_OUT.has(sqlState(error))) throw error;
      }
    }
  }

  async #count(statement: Statement): Promise<number> {
    const [row] = await this.#rows<{ count: number }>(statement);
    return row?.count ?? 0;
  }

  async #rows<Row>(statement: Statement): Promise<Row[]> {
    return (await this.#pool.query(statement)).rows as Row[];
  }
}

const keyOf = ({ type, version }: StoredDefinition): string => `${version}:${type}`;

function findStatement(key: SagaKey): Statement {
  const select = `select ${STATE_COLUMNS} from saga_state s where`;
  switch (key.by) {
    case 'id':
      return { name: 'saga_by_id', text: `${select} saga_id = $1`, values: [key.sagaId] };
    case 'businessKey': {
      const values = [key.type, key.businessKey];
      return { name: 'saga_by_business_key', text: `${select} saga_type = $1 and business_key = $2`, values };
    }
    case 'idempotencyKey': {
      const where = 'idempotency_scope = $1 and idempotency_key = $2';
      return { name: 'saga_by_idempotency_key', text: `${select} ${where}`, values: [key.scope, key.key] };
    }
  }
}

/** The SQLSTATE of an error of the server; empty for any other. */
function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}
