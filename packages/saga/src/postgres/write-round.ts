import { messageOf } from '../core/errors.js';
import { currentStep, type StepState } from '../core/saga.js';
import type { JournalWrite } from '../runtime/store.js';
import { arrayOf, jsonLines, linesOf } from './arrays.js';
import { contextJson, endedAt, failureJson, json } from './rows.js';

/**
 * By how much the row's due time may be later than told: as long as somebody goes on with the saga, that process keeps the
 * time itself, and the row's is for the others, in case it is gone. So the due time stays as it is from one step to the
 * next, and most updates change nothing that an index has (Postgres calls them HOT): the indexes grow and are read less.
 */
const slack = (of: string) =>
  `case when ${of}.owner is not null then least(${of}.due_in_ms / 10, 200) else 0 end * interval '1 millisecond'`;
const dueAt = (of: string) => `now() + ${of}.due_in_ms * interval '1 millisecond'`;

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
    n.failure::jsonb, n.scope, n.key, n.fingerprint, 1, n.log_seq, ${dueAt('n')} + ${slack('n')}, n.owner, n.traceparent,
    to_timestamp(n.created_at / 1000), to_timestamp(n.updated_at / 1000), to_timestamp(n.ended_at / 1000),
    n.context::jsonb
  from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[], $6::text[], ${jsonLines('$7')},
    ${jsonLines('$8')}, ${jsonLines('$9')}, $10::text[], $11::text[], $12::text[], $13::int[], $14::float8[], $15::text[],
    $16::text[], $17::float8[], $18::float8[], $19::float8[], ${jsonLines('$20')})
    as n(saga_id, saga_type, version, status, business_key, current_step, input, steps, failure, scope, key, fingerprint,
      log_seq, due_in_ms, owner, traceparent, created_at, updated_at, ended_at, context)
  on conflict do nothing
  returning saga_id
), updated as (
  update saga_state s
  set status = u.status, current_step = u.current_step, steps = s.steps || u.changed_steps::jsonb,
    failure = u.failure::jsonb, revision = s.revision + 1, log_seq = u.log_seq,
    due_at = case when s.due_at between ${dueAt('u')} and ${dueAt('u')} + ${slack('u')} then s.due_at
      else ${dueAt('u')} + ${slack('u')} end, owner = u.owner,
    updated_at = to_timestamp(u.updated_at / 1000), completed_at = to_timestamp(u.ended_at / 1000),
    context = u.context::jsonb
  from unnest($21::uuid[], $22::int[], $23::text[], $24::text[], ${jsonLines('$25')}, ${jsonLines('$26')}, $27::int[],
    $28::float8[], $29::text[], $30::float8[], $31::float8[], ${jsonLines('$32')})
    as u(saga_id, revision, status, current_step, changed_steps, failure, log_seq, due_in_ms, owner, updated_at,
      ended_at, context)
  where s.saga_id = u.saga_id and s.revision = u.revision
  returning s.saga_id
), written as (
  select saga_id from created union all select saga_id from updated
), logged as (
  insert into saga_logs (saga_id, seq, event, step, attempt, data, created_at)
  select l.saga_id, l.seq, l.event, l.step, l.attempt, l.data::jsonb, to_timestamp(l.at / 1000)
  from unnest($33::uuid[], $34::int[], $35::text[], $36::text[], $37::int[], ${jsonLines('$38')}, $39::float8[])
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
 * The statement's parameters, one per column.
 *
 * @throws UnwritableError
 */
export function parametersOf(round: readonly JournalWrite[]): string[] {
  const [created, updated, logged] = [new Columns(20), new Columns(12), new Columns(7)];
  for (const write of round) {
    try {
      if (write.revision === 0) created.add(createdRow(write));
      else updated.add(updatedRow(write));
      for (const entry of write.logs) logged.add(logRow(write, entry));
    } catch (error) {
      throw new UnwritableError(write, error);
    }
  }
  return [...created.parameters(7, 8, 9, 20), ...updated.parameters(5, 6, 12), ...logged.parameters(6)];
}

type Value = string | number | null;

/** Rows, turned into one parameter per column. */
class Columns {
  readonly #columns: Value[][];

  constructor(width: number) {
    this.#columns = Array.from({ length: width }, () => []);
  }

  add(row: readonly Value[]): void {
    for (let index = 0; index < this.#columns.length; index++) this.#columns[index]?.push(row[index] ?? null);
  }

  /** `json`: which columns, counted from 1, are JSON. */
  parameters(...json: number[]): string[] {
    return this.#columns.map((column, index) =>
      json.includes(index + 1) ? linesOf(column as (string | null)[]) : arrayOf(column),
    );
  }
}

function createdRow({ saga, owner, dueInMs, idempotency }: JournalWrite): Value[] {
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

function updatedRow(write: JournalWrite): Value[] {
  const { saga, revision, owner, dueInMs } = write;
  return [
    saga.sagaId,
    revision,
    saga.status,
    currentStep(saga),
    json(changedSteps(write)),
    failureJson(saga),
    saga.logSeq,
    dueInMs,
    owner,
    saga.updatedAt,
    endedAt(saga),
    contextJson(saga),
  ];
}

/** A transition seldom touches more than two steps, however many there are. */
function changedSteps({ saga, before }: JournalWrite): Readonly<Record<string, StepState>> {
  if (before === undefined) return saga.steps;
  return Object.fromEntries(Object.entries(saga.steps).filter(([name, step]) => step !== before.steps[name]));
}

function logRow(
  { saga }: JournalWrite,
  { seq, event, step, attempt, data, at }: JournalWrite['logs'][number],
): Value[] {
  return [saga.sagaId, seq, event, step, attempt, json(data), at];
}
