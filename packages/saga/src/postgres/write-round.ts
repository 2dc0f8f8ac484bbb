import { messageOf } from '../core/errors.js';
import { currentStep } from '../core/saga.js';
import type { JournalWrite } from '../runtime/store.js';
import { contextJson, endedAt, failureJson, json } from './rows.js';

/**
 * A whole round in one statement: new sagas are inserted, others updated where their revision is still the one that was
 * read, and the log rows follow for those that were written. Returns the ids that were.
 */
export const WRITE_ROUND = `
with created as (
  insert into saga_state (saga_id, saga_type, version, status, business_key, current_step, input, steps, failure,
    idempotency_scope, idempotency_key, request_fingerprint, revision, log_seq, due_at, owner, traceparent,
    created_at, updated_at, completed_at, context)
  select n.saga_id, n.saga_type, n.version, n.status, n.business_key, n.current_step, n.input::jsonb, n.steps::jsonb,
    n.failure::jsonb, n.scope, n.key, n.fingerprint, 1, n.log_seq, now() + n.due_in_ms * interval '1 millisecond', n.owner,
    n.traceparent, to_timestamp(n.created_at / 1000), to_timestamp(n.updated_at / 1000), to_timestamp(n.ended_at / 1000),
    n.context::jsonb
  from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::text[], $12::text[], $13::int[], $14::float8[], $15::text[], $16::text[], $17::float8[],
    $18::float8[], $19::float8[], $20::text[])
    as n(saga_id, saga_type, version, status, business_key, current_step, input, steps, failure, scope, key, fingerprint,
      log_seq, due_in_ms, owner, traceparent, created_at, updated_at, ended_at, context)
  on conflict do nothing
  returning saga_id
), updated as (
  update saga_state s
  set status = u.status, current_step = u.current_step, steps = u.steps::jsonb, failure = u.failure::jsonb,
    revision = s.revision + 1, log_seq = u.log_seq, due_at = now() + u.due_in_ms * interval '1 millisecond',
    owner = u.owner, updated_at = to_timestamp(u.updated_at / 1000), completed_at = to_timestamp(u.ended_at / 1000),
    context = u.context::jsonb
  from unnest($21::uuid[], $22::int[], $23::text[], $24::text[], $25::text[], $26::text[], $27::int[], $28::float8[],
    $29::text[], $30::float8[], $31::float8[], $32::text[])
    as u(saga_id, revision, status, current_step, steps, failure, log_seq, due_in_ms, owner, updated_at, ended_at,
      context)
  where s.saga_id = u.saga_id and s.revision = u.revision
  returning s.saga_id
), written as (
  select saga_id from created union all select saga_id from updated
), logged as (
  insert into saga_logs (saga_id, seq, event, step, attempt, data, created_at)
  select l.saga_id, l.seq, l.event, l.step, l.attempt, l.data::jsonb, to_timestamp(l.at / 1000)
  from unnest($33::uuid[], $34::int[], $35::text[], $36::text[], $37::int[], $38::text[], $39::float8[])
    as l(saga_id, seq, event, step, attempt, data, at)
  join written using (saga_id)
)
select saga_id from written`;

/** A saga carries something that JSON cannot say, so that no journal could keep it. */
export class UnwritableError extends Error {
  constructor({ saga }: JournalWrite, cause: unknown) {
    super(`the saga ${saga.sagaId} cannot be written as JSON: ${messageOf(cause)}`, { cause });
    this.name = 'UnwritableError';
  }
}

/** The first write of each saga, by id: all rounds touch rows in the same order, so that they seldom wait for each other. */
export function firstOfEach(round: readonly JournalWrite[]): ReadonlyMap<string, JournalWrite> {
  const firsts = new Map<string, JournalWrite>();
  for (const write of round) if (!firsts.has(write.saga.sagaId)) firsts.set(write.saga.sagaId, write);
  return new Map([...firsts].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * The statement's parameters: one array per column.
 *
 * @throws UnwritableError
 */
export function parametersOf(round: readonly JournalWrite[]): unknown[][] {
  const created = round.filter(({ revision }) => revision === 0);
  const updated = round.filter(({ revision }) => revision > 0);
  return [...columnsOf(created, createdRow, 20), ...columnsOf(updated, updatedRow, 12), ...logColumns(round)];
}

function createdRow({ saga, owner, dueInMs, idempotency }: JournalWrite): unknown[] {
  return [
    saga.sagaId,
    saga.type,
    saga.version,
    saga.status,
    saga.businessKey,
    currentStep(saga),
    json(saga.input),
    json(saga.steps),
    failureJson(saga),
    idempotency?.scope ?? null,
    idempotency?.key ?? null,
    idempotency?.fingerprint ?? null,
    saga.logSeq,
    dueInMs,
    owner,
    saga.traceparent ?? null,
    saga.createdAt,
    saga.updatedAt,
    endedAt(saga),
    contextJson(saga),
  ];
}

function updatedRow({ saga, revision, owner, dueInMs }: JournalWrite): unknown[] {
  return [
    saga.sagaId,
    revision,
    saga.status,
    currentStep(saga),
    json(saga.steps),
    failureJson(saga),
    saga.logSeq,
    dueInMs,
    owner,
    saga.updatedAt,
    endedAt(saga),
    contextJson(saga),
  ];
}

function logColumns(round: readonly JournalWrite[]): unknown[][] {
  return columnsOf(
    round.flatMap((write) => write.logs.map((entry) => ({ ...write, entry }))),
    ({ saga, entry: { seq, event, step, attempt, data, at } }) => [
      saga.sagaId,
      seq,
      event,
      step,
      attempt,
      json(data),
      at,
    ],
    7,
  );
}

function columnsOf<Write extends JournalWrite>(
  writes: readonly Write[],
  rowOf: (write: Write) => unknown[],
  width: number,
): unknown[][] {
  const columns: unknown[][] = Array.from({ length: width }, () => []);
  for (const write of writes) rowFrom(write, rowOf).forEach((value, index) => void columns[index]?.push(value));
  return columns;
}

function rowFrom<Write extends JournalWrite>(write: Write, rowOf: (write: Write) => unknown[]): unknown[] {
  try {
    return rowOf(write);
  } catch (error) {
    throw new UnwritableError(write, error);
  }
}
