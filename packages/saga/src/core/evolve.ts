import { SagaError } from './errors.js';
import type { LogEntry } from './log.js';
import { failureOf, hasEnded, type SagaState, type StepState } from './saga.js';

type EntryOf<E extends LogEntry['event']> = Extract<LogEntry, { event: E }>;

/**
 * The state that a saga's journal describes.
 *
 * @throws SagaError JOURNAL_CORRUPT if it is not one that the engine wrote.
 */
export function fold(logs: readonly LogEntry[], sagaId = ''): SagaState {
  const [first, ...rest] = logs;
  if (first?.event !== 'SAGA_STARTED') throw corrupt('it does not begin with SAGA_STARTED');
  return rest.reduce(evolve, started(sagaId, first));
}

/** The state of a saga that has just begun. */
export function started(sagaId: string, { data, at, seq }: EntryOf<'SAGA_STARTED'>): SagaState {
  const { type, version, businessKey, input, traceparent } = data;
  const steps = Object.fromEntries(data.steps.map((name) => [name, { status: 'PENDING' } as StepState]));
  const base = { sagaId, type, version, businessKey, input, steps, logSeq: seq, createdAt: at, updatedAt: at };
  return { ...base, status: 'RUNNING', ...(traceparent !== undefined && { traceparent }) };
}

/** The state after one more log entry. The only place in which a saga's state changes. */
export function evolve(saga: SagaState, entry: LogEntry): SagaState {
  if (entry.seq !== saga.logSeq + 1) throw corrupt(`entry ${entry.seq} follows entry ${saga.logSeq}`);
  if (hasEnded(saga)) throw corrupt(`${entry.event} follows the end`);
  const next = { ...saga, logSeq: entry.seq, updatedAt: entry.at };
  switch (entry.event) {
    case 'SAGA_STARTED':
      throw corrupt('it begins twice');
    case 'SAGA_CLAIMED':
    case 'LATE_REPLY_IGNORED':
      return next;
    case 'SAGA_COMPLETED':
      return { ...next, status: 'COMPLETED', endedAt: entry.at };
    case 'SAGA_COMPENSATED':
      return { ...next, status: 'COMPENSATED', failure: entry.data.failure, endedAt: entry.at };
    case 'SAGA_CANCEL_REQUESTED':
      return { ...next, status: 'RUNNING', failure: entry.data.failure };
    case 'SAGA_RETRIED':
    case 'COMPENSATION_STARTED':
      return compensating(withStep(next, entry));
    default:
      return afterStep(withStep(next, entry), entry);
  }
}

function afterStep(saga: SagaState, entry: LogEntry): SagaState {
  switch (entry.event) {
    case 'STEP_REFUSED':
      return failing(saga, entry.data.error);
    case 'STEP_FAILED':
    case 'STEP_TIMED_OUT':
      return entry.data.retryAt === undefined ? failing(saga, entry.data.error) : saga;
    case 'COMPENSATION_FAILED':
      return entry.data.retryAt === undefined ? parked(saga) : saga;
    case 'STEP_SKIPPED_BY_OPERATOR':
      return compensating(saga);
    default:
      return saga;
  }
}

const failing = (saga: SagaState, failure: NonNullable<ReturnType<typeof failureOf>>): SagaState =>
  ({ ...saga, failure: failureOf(saga) ?? failure }) as SagaState;

const compensating = (saga: SagaState): SagaState => ({ ...saga, status: 'COMPENSATING' }) as SagaState;
const parked = (saga: SagaState): SagaState => ({ ...saga, status: 'COMPENSATION_FAILED' }) as SagaState;

/** The saga with the entry's step as the entry leaves it, and with the failure if the entry brings it. */
function withStep(saga: SagaState, entry: LogEntry): SagaState {
  const failure = entry.event === 'COMPENSATION_STARTED' ? { failure: entry.data.failure } : {};
  if (entry.step === null) return { ...saga, ...failure } as SagaState;
  const step = saga.steps[entry.step];
  if (step === undefined) throw corrupt(`${entry.event} of the unknown step ${entry.step}`);
  const next = stepAfter(step, entry);
  if (next === undefined) throw corrupt(`${entry.event} of the step ${entry.step}, which is ${step.status}`);
  return { ...saga, ...failure, steps: { ...saga.steps, [entry.step]: next } } as SagaState;
}

/** The step after the entry; undefined if the entry does not fit the step. */
function stepAfter(step: StepState, entry: LogEntry): StepState | undefined {
  if (step.status === 'PENDING') {
    return entry.event === 'STEP_STARTED' ? { status: 'RUNNING', ...sending(entry, 0) } : undefined;
  }
  if (step.status === 'RUNNING') return runningAfter(step, entry);
  if (step.status === 'COMPENSATING') return compensatingAfter(step, entry);
  if (step.status === 'COMPLETED' || step.status === 'FAILED') {
    if (entry.event !== 'COMPENSATION_STARTED') return undefined;
    const { status: _, ...done } = step;
    return { status: 'COMPENSATING', done, ...sending(entry, 0) };
  }
  if (step.status !== 'COMPENSATION_FAILED') return undefined;
  if (entry.event === 'STEP_SKIPPED_BY_OPERATOR')
    return { status: 'SKIPPED', reason: entry.data.reason, done: step.done };
  if (entry.event !== 'COMPENSATION_RETRIED') return undefined;
  return { status: 'COMPENSATING', done: step.done, ...sending(entry, 0) };
}

function runningAfter(step: Extract<StepState, { status: 'RUNNING' }>, entry: LogEntry): StepState | undefined {
  const { attempt } = step;
  switch (entry.event) {
    case 'STEP_COMPLETED':
      return { status: 'COMPLETED', attempt, doneSeq: entry.seq, reply: entry.data.reply };
    case 'STEP_REFUSED':
      return { status: 'REFUSED', attempt, error: entry.data.error };
    case 'STEP_RETRIED':
      return { ...step, ...sending(entry, step.failures) };
    case 'STEP_FAILED':
    case 'STEP_TIMED_OUT': {
      const { error, failures, retryAt } = entry.data;
      if (retryAt === undefined) return { status: 'FAILED', attempt, doneSeq: entry.seq, error };
      return { ...step, failures, error, waiting: { retryAt } };
    }
    default:
      return undefined;
  }
}

function compensatingAfter(
  step: Extract<StepState, { status: 'COMPENSATING' }>,
  entry: LogEntry,
): StepState | undefined {
  const { attempt, done } = step;
  switch (entry.event) {
    case 'STEP_COMPENSATED':
      return { status: 'COMPENSATED', attempt, done };
    case 'COMPENSATION_RETRIED':
      return { ...step, ...sending(entry, step.failures) };
    case 'COMPENSATION_FAILED': {
      const { error, failures, retryAt } = entry.data;
      if (retryAt === undefined) return { status: 'COMPENSATION_FAILED', attempt, error, done };
      return { ...step, failures, error, waiting: { retryAt } };
    }
    default:
      return undefined;
  }
}

type Sent = EntryOf<'STEP_STARTED' | 'STEP_RETRIED' | 'COMPENSATION_STARTED' | 'COMPENSATION_RETRIED'>;

function sending(entry: Sent, failures: number) {
  return { attempt: entry.attempt ?? 1, failures, waiting: { dueAt: entry.data.dueAt } };
}

function corrupt(what: string): SagaError {
  return new SagaError('JOURNAL_CORRUPT', `the journal of this saga cannot be read: ${what}`);
}
