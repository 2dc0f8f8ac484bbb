import type { Pool } from 'pg';
import type { LogEntry } from '../core/log.js';
import type { SagaStatus } from '../core/saga.js';
import type { Claim, JournalWrite, SagaKey, SagaRecord, SagaStore, WriteResult } from '../runtime/store.js';
import { entryOf, type LogRow, recordOf, STATE_COLUMNS, type StateRow } from './rows.js';
import { firstOfEach, parametersOf, UnwritableError, WRITE_ROUND } from './write-round.js';

/**
 * Two statements rather than one with a condition, so that each can use its part of the index on `due_at`. Rows that
 * another claim is looking at are skipped.
 */
const claimWhere = (condition: string) => `
with due as (
  select saga_id from saga_state s
  where due_at is not null and ${condition}
    and (saga_type, version) in (select * from unnest($1::text[], $2::int[]))
    and not (saga_id = any ($3::uuid[]))
  order by due_at
  limit $4
  for update skip locked
), claimed as (
  update saga_state s
  set revision = s.revision + 1, log_seq = s.log_seq + 1, owner = $5, updated_at = to_timestamp($6::float8 / 1000),
    due_at = now() + $7::float8 * interval '1 millisecond'
  from due where s.saga_id = due.saga_id
  returning ${STATE_COLUMNS}
), logged as (
  insert into saga_logs (saga_id, seq, event, data, created_at)
  select saga_id, log_seq, 'SAGA_CLAIMED', jsonb_build_object('owner', $5::text), updated_at from claimed
)
select * from claimed`;

const CLAIM_OWN = claimWhere('owner = $5');
const CLAIM_OVERDUE = claimWhere(
  `due_at <= now() and (owner is null or due_at <= now() - $8::float8 * interval '1 millisecond')`,
);

const RELEASE = `
update saga_state s set due_at = now(), owner = null, revision = s.revision
from unnest($1::uuid[], $2::int[]) as r(saga_id, revision)
where s.saga_id = r.saga_id and s.revision = r.revision and s.due_at is not null`;

/** SQLSTATE classes that a single saga's data can bring about: data exceptions, constraint violations, limits. */
const ITEM_ERROR_CLASSES = new Set(['22', '23', '54']);

/** Deadlock, serialization failure. */
const LOCKED_OUT = new Set(['40P01', '40001']);
const MOST_ATTEMPTS = 5;

/**
 * The journal in Postgres: the tables `saga_state` and `saga_logs` of the pool's database. Statements are prepared once
 * per connection. Needs Postgres 13 or newer.
 */
export class PostgresStore implements SagaStore {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async write(round: readonly JournalWrite[]): Promise<readonly WriteResult[]> {
    if (round.length === 0) return [];
    const firsts = firstOfEach(round);
    const parameters = parametersOf([...firsts.values()]);
    const rows = await this.#again(() => this.#rows<{ saga_id: string }>('saga_write_round', WRITE_ROUND, parameters));
    const written = new Set(rows.map((row) => row.saga_id));
    return round.map((write) => {
      const { sagaId } = write.saga;
      return firsts.get(sagaId) === write && written.has(sagaId) ? 'written' : 'lost';
    });
  }

  async claim({ owner, definitions, which, graceMs, except, limit, holdMs }: Claim): Promise<readonly SagaRecord[]> {
    const types = definitions.map(({ type }) => type);
    const versions = definitions.map(({ version }) => version);
    const values = [types, versions, except, Math.min(limit, 100_000), owner, Date.now(), holdMs];
    const rows =
      which === 'own'
        ? await this.#rows<StateRow>('saga_claim_own', CLAIM_OWN, values)
        : await this.#rows<StateRow>('saga_claim_overdue', CLAIM_OVERDUE, [...values, graceMs]);
    return rows.map(recordOf);
  }

  async find(key: SagaKey): Promise<SagaRecord | undefined> {
    const [row] = await this.#find(key);
    return row && recordOf(row);
  }

  #find(key: SagaKey): Promise<StateRow[]> {
    const select = `select ${STATE_COLUMNS} from saga_state s where`;
    switch (key.by) {
      case 'id':
        return this.#rows('saga_by_id', `${select} saga_id = $1`, [key.sagaId]);
      case 'businessKey':
        return this.#rows('saga_by_business_key', `${select} saga_type = $1 and business_key = $2`, [
          key.type,
          key.businessKey,
        ]);
      case 'idempotencyKey': {
        const where = 'idempotency_scope = $1 and idempotency_key = $2';
        return this.#rows('saga_by_idempotency_key', `${select} ${where}`, [key.scope, key.key]);
      }
    }
  }

  async load(sagaIds: readonly string[]): Promise<readonly SagaRecord[]> {
    const text = `select ${STATE_COLUMNS} from saga_state s where saga_id = any ($1::uuid[])`;
    return (await this.#rows<StateRow>('saga_load', text, [sagaIds])).map(recordOf);
  }

  async logs(sagaId: string): Promise<readonly LogEntry[]> {
    const text = 'select seq, event, step, attempt, data, created_at from saga_logs where saga_id = $1 order by seq';
    return (await this.#rows<LogRow>('saga_logs', text, [sagaId])).map(entryOf);
  }

  async release(sagas: readonly { readonly sagaId: string; readonly revision: number }[]): Promise<void> {
    const values = [sagas.map(({ sagaId }) => sagaId), sagas.map(({ revision }) => revision)];
    await this.#again(() => this.#rows('saga_release', RELEASE, values));
  }

  async forgetIdempotencyKey(sagaId: string): Promise<void> {
    const text = `update saga_state set idempotency_scope = null, idempotency_key = null, request_fingerprint = null
      where saga_id = $1`;
    await this.#rows('saga_forget_key', text, [sagaId]);
  }

  async inFlight(): Promise<readonly { type: string; version: number; count: number }[]> {
    const text = `select saga_type as type, version, count(*)::int as count from saga_state
      where due_at is not null or status in ('WAITING', 'COMPENSATION_FAILED', 'PAUSED') group by saga_type, version`;
    return this.#rows('saga_in_flight', text, []);
  }

  async countByStatus(): Promise<Partial<Record<SagaStatus, number>>> {
    const text = 'select status, count(*)::int as count from saga_state group by status';
    const rows = await this.#rows<{ status: SagaStatus; count: number }>('saga_count_by_status', text, []);
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
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

  async #rows<Row>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    return (await this.#pool.query({ name, text, values })).rows as Row[];
  }
}

/** The SQLSTATE of an error of the server; empty for any other. */
function sqlState(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}
