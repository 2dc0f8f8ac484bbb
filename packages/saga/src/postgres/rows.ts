import type { LogEntry } from '../core/log.js';
import { contextOf, failureOf, hasEnded, type SagaState } from '../core/saga.js';
import type { SagaRecord } from '../runtime/store.js';

/** A row of `saga_state`, as pg reads it. */
export interface StateRow {
  saga_id: string;
  saga_type: string;
  version: number;
  status: SagaState['status'];
  business_key: string;
  input: unknown;
  steps: SagaState['steps'];
  failure: unknown;
  idempotency_scope: string | null;
  idempotency_key: string | null;
  request_fingerprint: string | null;
  revision: number;
  log_seq: number;
  context: object | null;
  owner: string | null;
  traceparent: string | null;
  created_at: Date;
  updated_at: Date;
  completed_at: Date | null;
  pruned_at: Date | null;
}

/** A row of `saga_logs`, as pg reads it. */
export interface LogRow {
  seq: number;
  event: string;
  step: string | null;
  attempt: number | null;
  data: unknown;
  created_at: Date;
}

/** The columns of `saga_state` that make a record, for select and returning lists. */
export const STATE_COLUMNS = [
  'saga_id',
  'saga_type',
  'version',
  'status',
  'business_key',
  'input',
  'steps',
  'failure',
  'context',
  'idempotency_scope',
  'idempotency_key',
  'request_fingerprint',
  'revision',
  'log_seq',
  'owner',
  'traceparent',
  'created_at',
  'updated_at',
  'completed_at',
  'pruned_at',
]
  .map((column) => `s.${column}`)
  .join(', ');

export function recordOf(row: StateRow): SagaRecord {
  const { idempotency_scope: scope, idempotency_key: key, request_fingerprint: fingerprint } = row;
  return {
    saga: stateOf(row),
    revision: row.revision,
    owner: row.owner,
    ...(scope !== null && key !== null && { idempotency: { scope, key, fingerprint: fingerprint ?? '' } }),
    ...(row.pruned_at !== null && { prunedAt: row.pruned_at.getTime() }),
  };
}

function stateOf(row: StateRow): SagaState {
  return {
    sagaId: row.saga_id,
    type: row.saga_type,
    version: row.version,
    status: row.status,
    businessKey: row.business_key,
    input: row.input,
    steps: row.steps,
    logSeq: row.log_seq,
    ...row.context,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    ...(row.traceparent !== null && { traceparent: row.traceparent }),
    ...(row.failure !== null && { failure: row.failure }),
    ...(row.completed_at !== null && { endedAt: row.completed_at.getTime() }),
  } as SagaState;
}

export function entryOf({ seq, event, step, attempt, data, created_at }: LogRow): LogEntry {
  return { seq, event, step, attempt, data, at: created_at.getTime() } as LogEntry;
}

/** JSON that jsonb accepts: NUL and lone surrogates, which it refuses, become the replacement character. */
export function json(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null';
  if (!text.includes('\\u')) return text;
  return text.replace(/\\\\|\\u(?:0000|d[89a-f][\da-f]{2})/gi, (match) => (match === '\\\\' ? match : '\\ufffd'));
}

export const failureJson = (saga: SagaState): string | null => {
  const failure = failureOf(saga);
  return failure === undefined ? null : json(failure);
};

/** What only some sagas have, as JSON. */
export const contextJson = (saga: SagaState): string | null => {
  const context = contextOf(saga);
  return context === null ? null : json(context);
};

export const endedAt = (saga: SagaState): number | null => (hasEnded(saga) ? saga.endedAt : null);

/** A parameter in epoch ms as a timestamp; what a timestamp cannot say becomes the nearest that it can. */
export const timeOf = (place: string): string => `to_timestamp(least(greatest(${place}::float8, -2e14), 9e15) / 1000)`;

/** Which sagas the indexes for reading have; spelt as there, so that they can be used. */
export const AT_REST = `(due_at is null or status not in ('RUNNING', 'COMPENSATING'))`;
