import { advance, DROPPED } from './advance.js';
import { misfit, type SagaDefinition, stepOf } from './definition.js';
import { Draft } from './draft.js';
import { SagaError } from './errors.js';
import { started } from './evolve.js';
import { ancestorsOf } from './graph.js';
import type { LogEntry } from './log.js';
import { hasEnded, type SagaState, type StepState } from './saga.js';
import { type Beginning, finished, type Transition } from './transition.js';

/** A new saga that goes on from where an ended one had come. */
export interface Restart extends Omit<Beginning, 'input'> {
  /** The ended saga, and its journal. */
  readonly source: SagaState;
  readonly logs: readonly LogEntry[];
  /** The step with which it begins anew; whatever depends on it is done again, too. */
  readonly from: string;
  readonly reason?: string;
  readonly by?: string;
}

/**
 * The first transition of a saga that begins anew from a step of an ended one: it copies what the journal says of the
 * steps that do not depend on that step. Pure.
 *
 * @throws SagaError NOT_APPLICABLE if the source has not ended, has no such step, or has taken back one of the steps to copy.
 */
export function restart(definition: SagaDefinition, request: Restart, now: number): Transition {
  const { source, logs, from, sagaId, ...said } = request;
  const copied = stepsToCopy(definition, source, from);
  const { type, version } = definition;
  const { input, lane } = source;
  const steps = definition.steps.map(({ name }) => name);
  const restartedFrom = { sagaId: source.sagaId, step: from };
  const data = { type, version, input, steps, ...(lane !== undefined && { lane }), ...said, restartedFrom };
  const first = { seq: 1, event: 'SAGA_STARTED', step: null, attempt: null, data, at: now } as const;
  const draft = new Draft(definition, started(sagaId, first), now);
  draft.logs.push(first);
  copy(draft, logs, copied);
  advance(draft);
  return finished(draft);
}

function stepsToCopy(definition: SagaDefinition, source: SagaState, from: string): ReadonlySet<string> {
  const reason = misfit(definition, source);
  if (reason !== undefined) throw new SagaError('NOT_APPLICABLE', reason);
  if (!hasEnded(source))
    throw new SagaError('NOT_APPLICABLE', `the saga is ${source.status}; only an ended one can be restarted`);
  if (stepOf(definition, from) === undefined) {
    const names = definition.steps.map(({ name }) => name).join(', ');
    throw new SagaError('NOT_APPLICABLE', `the saga has no step ${from}; its steps are ${names}`);
  }
  const kept = definition.steps.filter(({ name }) => name !== from && !ancestorsOf(definition, name).has(from));
  return new Set(kept.map(({ name }) => name).filter((name) => isToCopy(name, source.steps[name])));
}

/** What was done is copied, what was never done is begun; what was taken back can be neither. */
function isToCopy(name: string, step: StepState | undefined): boolean {
  if (step?.status === 'COMPLETED') return true;
  if (step?.status === 'SKIPPED' && !step.settled) return step.reason !== DROPPED;
  if (step?.status === 'PENDING' || step?.status === 'REFUSED') return false;
  const what = `the step ${name} is ${step?.status}: its work was, or may have been, taken back; restart from it, or from one before it`;
  throw new SagaError('NOT_APPLICABLE', what);
}

/** Only what led to the result of each step: what was taken back, asked or recorded in between is the old saga's own. */
function copy(draft: Draft, logs: readonly LogEntry[], steps: ReadonlySet<string>): void {
  const seqs = new Map<number, number>();
  for (const { seq, event, step, attempt, data } of logs) {
    const wanted =
      event === 'EVENT_RECEIVED' ? wasTaken(logs, seq, steps) : step !== null && steps.has(step) && isForward(event);
    if (!wanted) continue;
    const eventSeq = 'eventSeq' in data ? data.eventSeq : undefined;
    const copied = eventSeq === undefined ? data : { ...data, eventSeq: seqs.get(eventSeq) };
    draft.add(event, copied as never, step, attempt);
    seqs.set(seq, draft.saga.logSeq);
  }
}

const wasTaken = (logs: readonly LogEntry[], seq: number, steps: ReadonlySet<string>): boolean =>
  logs.some(({ data, step }) => 'eventSeq' in data && data.eventSeq === seq && step !== null && steps.has(step));

const FORWARD = new Set<LogEntry['event']>([
  'STEP_STARTED',
  'STEP_RETRIED',
  'STEP_FAILED',
  'STEP_TIMED_OUT',
  'STEP_COMPLETED',
  'STEP_SKIPPED',
  'STEP_SKIPPED_BY_OPERATOR',
  'EVENT_AWAITED',
  'COMPENSATION_STARTED',
  'COMPENSATION_RETRIED',
  'COMPENSATION_FAILED',
  'STEP_COMPENSATED',
]);

const isForward = (event: LogEntry['event']): boolean => FORWARD.has(event);
