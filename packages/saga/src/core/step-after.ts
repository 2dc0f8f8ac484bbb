import type { LogEntry } from './log.js';
import type { Done, StepState } from './saga.js';

type Of<S extends StepState['status']> = Extract<StepState, { status: S }>;

/** The step after the entry; undefined if the entry does not fit the step. `failing`: whether the saga fails. */
export function stepAfter(step: StepState, entry: LogEntry, failing: boolean): StepState | undefined {
  switch (step.status) {
    case 'PENDING':
      return pendingAfter(entry);
    case 'RUNNING':
      return runningAfter(step, entry);
    case 'COMPENSATING':
      return compensatingAfter(step, entry, failing);
    case 'COMPENSATION_FAILED':
      return parkedAfter(step, entry);
    default:
      return doneAfter(step, entry);
  }
}

function pendingAfter(entry: LogEntry): StepState | undefined {
  switch (entry.event) {
    case 'STEP_STARTED':
      return { status: 'RUNNING', ...sending(entry, 0) };
    case 'EVENT_AWAITED':
      return { status: 'RUNNING', attempt: 1, failures: 0, waiting: { ...entry.data } };
    case 'STEP_SKIPPED':
      return { status: 'SKIPPED', reason: entry.data.reason };
    case 'STEP_REFUSED':
      // Its condition could not be found out: nothing was done.
      return { status: 'REFUSED', attempt: 0, error: entry.data.error };
    case 'STEP_SKIPPED_BY_OPERATOR':
      return { status: 'SKIPPED', ...skippedBy(entry) };
    default:
      return undefined;
  }
}

function runningAfter(step: Of<'RUNNING'>, entry: LogEntry): StepState | undefined {
  const { attempt } = step;
  switch (entry.event) {
    case 'STEP_COMPLETED':
      return { status: 'COMPLETED', attempt, doneSeq: entry.seq, reply: entry.data.reply, ...undoing(step) };
    case 'STEP_REFUSED':
      return { status: 'REFUSED', attempt, error: entry.data.error };
    case 'STEP_RETRIED': {
      const { takenBack: _, ...rest } = step;
      return { ...rest, ...sending(entry, step.failures) };
    }
    case 'STEP_SKIPPED':
      return { status: 'SKIPPED', reason: entry.data.reason };
    case 'STEP_SKIPPED_BY_OPERATOR':
      return {
        status: 'SKIPPED',
        ...skippedBy(entry),
        ...('events' in step.waiting ? {} : { done: doneBy(step, entry.seq) }),
      };
    case 'STEP_FAILED':
    case 'STEP_TIMED_OUT': {
      const { error, failures, retryAt } = entry.data;
      if (retryAt === undefined) return { status: 'FAILED', attempt, doneSeq: entry.seq, error, ...undoing(step) };
      return { ...step, failures, error, waiting: { retryAt } };
    }
    case 'COMPENSATION_STARTED': {
      if (!entry.data.immediate || !('retryAt' in step.waiting)) return undefined;
      const again = { attempt, failures: step.failures, retryAt: step.waiting.retryAt, error: entry.data.failure };
      const done = { ...doneBy(step, entry.seq), error: entry.data.failure };
      return { status: 'COMPENSATING', done, again, ...sending(entry, 0) };
    }
    default:
      return undefined;
  }
}

function compensatingAfter(step: Of<'COMPENSATING'>, entry: LogEntry, failing: boolean): StepState | undefined {
  const { attempt, done, again } = step;
  switch (entry.event) {
    case 'STEP_COMPENSATED': {
      if (again === undefined || failing) return { status: 'COMPENSATED', attempt, done };
      const { retryAt, ...before } = again;
      return { status: 'RUNNING', ...before, waiting: { retryAt }, undoAttempt: attempt, takenBack: true };
    }
    case 'COMPENSATION_RETRIED':
      return { ...step, ...sending(entry, step.failures) };
    case 'COMPENSATION_FAILED': {
      const { error, failures, retryAt } = entry.data;
      if (retryAt === undefined) return { status: 'COMPENSATION_FAILED', attempt, error, done };
      return { ...step, failures, error, waiting: { retryAt } };
    }
    case 'STEP_SKIPPED_BY_OPERATOR':
      return { status: 'SKIPPED', reason: entry.data.reason, done, settled: true };
    default:
      return undefined;
  }
}

function parkedAfter({ done }: Of<'COMPENSATION_FAILED'>, entry: LogEntry): StepState | undefined {
  if (entry.event === 'STEP_SKIPPED_BY_OPERATOR')
    return { status: 'SKIPPED', reason: entry.data.reason, done, settled: true };
  if (entry.event !== 'COMPENSATION_RETRIED') return undefined;
  return { status: 'COMPENSATING', done, ...sending(entry, 0) };
}

/** What was, or may have been, done can only be compensated, or found to need none. */
function doneAfter(step: Of<'COMPLETED' | 'FAILED' | 'SKIPPED' | 'REFUSED' | 'COMPENSATED'>, entry: LogEntry) {
  const done = doneOf(step);
  if (done === undefined) return undefined;
  if (entry.event === 'COMPENSATION_SKIPPED') return { ...step, kept: true as const };
  if (entry.event !== 'COMPENSATION_STARTED') return undefined;
  return { status: 'COMPENSATING' as const, done, ...sending(entry, 0) };
}

/** What there is to compensate of a step that is not at work; undefined if there is nothing. */
export function doneOf(step: StepState): Done | undefined {
  if (step.status === 'SKIPPED') return step.settled || step.kept ? undefined : step.done;
  if ((step.status !== 'COMPLETED' && step.status !== 'FAILED') || step.kept) return undefined;
  const { status: _, ...done } = step;
  return done;
}

function doneBy(step: Of<'RUNNING'>, doneSeq: number): Done {
  const { attempt, error } = step;
  return { attempt, doneSeq, ...(error !== undefined && { error }), ...undoing(step) };
}

const undoing = ({ undoAttempt }: { undoAttempt?: number }) => (undoAttempt === undefined ? {} : { undoAttempt });

function skippedBy({ data: { reason, reply } }: Extract<LogEntry, { event: 'STEP_SKIPPED_BY_OPERATOR' }>) {
  return { reason, ...(reply !== undefined && { reply }) };
}

type Sent = Extract<
  LogEntry,
  { event: 'STEP_STARTED' | 'STEP_RETRIED' | 'COMPENSATION_STARTED' | 'COMPENSATION_RETRIED' }
>;

function sending(entry: Sent, failures: number): { attempt: number; failures: number; waiting: { dueAt: number } } {
  return { attempt: entry.attempt ?? 1, failures, waiting: { dueAt: entry.data.dueAt } };
}
