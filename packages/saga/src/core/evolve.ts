import { corrupt } from './corrupt.js';
import type { LogEntry } from './log.js';
import { atWork, type Failure, failureOf, hasEnded, type SagaState, type StepState } from './saga.js';
import { stepAfter } from './step-after.js';

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
  const { type, version, businessKey, input, traceparent, lane, startsAt, restartedFrom } = data;
  const steps = Object.fromEntries(data.steps.map((name) => [name, { status: 'PENDING' } as StepState]));
  const base = { sagaId, type, version, businessKey, input, steps, logSeq: seq, createdAt: at, updatedAt: at };
  return {
    ...base,
    status: startsAt === undefined ? 'RUNNING' : 'WAITING',
    ...(traceparent !== undefined && { traceparent }),
    ...(lane !== undefined && { lane }),
    ...(startsAt !== undefined && { startsAt }),
    ...(restartedFrom !== undefined && { restartedFrom }),
  };
}

/** The state after one more log entry. The only place in which a saga's state changes. */
export function evolve(saga: SagaState, entry: LogEntry): SagaState {
  if (entry.seq !== saga.logSeq + 1) throw corrupt(`entry ${entry.seq} follows entry ${saga.logSeq}`);
  if (hasEnded(saga)) throw corrupt(`${entry.event} follows the end`);
  return settled(after({ ...saga, logSeq: entry.seq, updatedAt: entry.at }, entry));
}

function after(saga: SagaState, entry: LogEntry): SagaState {
  switch (entry.event) {
    case 'SAGA_STARTED':
      throw corrupt('it begins twice');
    case 'SAGA_CLAIMED':
    case 'SAGA_RETRIED':
    case 'LATE_REPLY_IGNORED':
      return saga;
    case 'SAGA_COMPLETED':
      return { ...saga, status: 'COMPLETED', endedAt: entry.at };
    case 'SAGA_COMPENSATED':
      return { ...saga, status: 'COMPENSATED', failure: entry.data.failure, endedAt: entry.at };
    case 'SAGA_CANCEL_REQUESTED':
    case 'SAGA_TIMED_OUT':
      return failing(saga, entry.data.failure);
    case 'SAGA_PAUSED':
      return paused(saga, entry.at);
    case 'SAGA_RESUMED':
      return resumed(saga, entry.at);
    case 'EVENT_RECEIVED':
      return received(saga, entry);
    default:
      return afterStep(withStep(saga, entry), entry);
  }
}

function afterStep(saga: SagaState, entry: LogEntry): SagaState {
  switch (entry.event) {
    case 'STEP_COMPLETED':
      return taken(saga, entry.data.eventSeq);
    case 'STEP_REFUSED':
      return failing(taken(saga, entry.data.eventSeq), entry.data.error);
    case 'STEP_FAILED':
    case 'STEP_TIMED_OUT':
      return entry.data.retryAt === undefined ? failing(saga, entry.data.error) : saga;
    case 'COMPENSATION_STARTED':
      return entry.data.immediate ? saga : goingBack(failing(saga, entry.data.failure));
    case 'COMPENSATION_RETRIED':
    case 'STEP_SKIPPED_BY_OPERATOR':
      return saga.status === 'COMPENSATION_FAILED' ? goingBack(saga) : saga;
    case 'COMPENSATION_FAILED':
      return entry.data.retryAt === undefined ? parked(saga, entry) : saga;
    default:
      return saga;
  }
}

/** The first failure is the saga's; nothing that goes wrong later replaces it. */
const failing = (saga: SagaState, failure: Failure): SagaState =>
  ({ ...saga, failure: failureOf(saga) ?? failure }) as SagaState;

/** The saga goes back, unless some compensation still waits for a person. */
function goingBack(saga: SagaState): SagaState {
  if (saga.status === 'PAUSED') return saga;
  const parked = Object.values(saga.steps).some(({ status }) => status === 'COMPENSATION_FAILED');
  return { ...saga, status: parked ? 'COMPENSATION_FAILED' : 'COMPENSATING' } as SagaState;
}

/** An immediate compensation that cannot be done is a failure of the saga: it cannot go on forward from there. */
function parked(saga: SagaState, { step }: EntryOf<'COMPENSATION_FAILED'>): SagaState {
  const state = saga.steps[step ?? ''];
  const { done } = state?.status === 'COMPENSATION_FAILED' ? state : {};
  const { pausedAt: _, resumesAs: __, ...rest } = saga as SagaState & { pausedAt?: number; resumesAs?: string };
  return { ...failing(rest as SagaState, done?.error ?? UNKNOWN), status: 'COMPENSATION_FAILED' } as SagaState;
}

const UNKNOWN: Failure = { code: 'UNKNOWN', message: 'the step was compensated without a failure' };

function paused(saga: SagaState, at: number): SagaState {
  const resumesAs = saga.status === 'COMPENSATING' ? 'BACKWARD' : 'FORWARD';
  return { ...saga, status: 'PAUSED', pausedAt: at, resumesAs } as SagaState;
}

/** The time that it was paused does not count against what it waits for. */
function resumed(saga: SagaState, at: number): SagaState {
  if (saga.status !== 'PAUSED') throw corrupt('it is resumed, and was not paused');
  const { pausedAt, resumesAs, ...rest } = saga;
  const forMs = Math.max(0, at - pausedAt);
  const steps = Object.entries(saga.steps).map(([name, step]) => [name, later(step, forMs)]);
  const pausedMs = (saga.pausedMs ?? 0) + forMs;
  const status = resumesAs === 'FORWARD' ? 'RUNNING' : 'COMPENSATING';
  return { ...rest, status, pausedMs, steps: Object.fromEntries(steps) } as SagaState;
}

function later(step: StepState, ms: number): StepState {
  if (step.status !== 'RUNNING' || !('events' in step.waiting) || step.waiting.dueAt === null) return step;
  return { ...step, waiting: { ...step.waiting, dueAt: step.waiting.dueAt + ms } };
}

function received(saga: SagaState, { seq, data: { event, payload, id } }: EntryOf<'EVENT_RECEIVED'>): SagaState {
  const events = [...(saga.events ?? []), { seq, event, payload }];
  return id === undefined ? { ...saga, events } : { ...saga, events, eventIds: [...(saga.eventIds ?? []), id] };
}

function taken(saga: SagaState, eventSeq: number | undefined): SagaState {
  if (eventSeq === undefined) return saga;
  const { events = [], ...rest } = saga;
  const left = events.filter(({ seq }) => seq !== eventSeq);
  if (left.length === events.length) throw corrupt(`there is no event ${eventSeq} to take`);
  return left.length === 0 ? (rest as SagaState) : { ...saga, events: left };
}

/** A saga that goes forward is WAITING as long as nothing is at work but steps that wait for events, or its start. */
function settled(saga: SagaState): SagaState {
  if (saga.status !== 'RUNNING' && saga.status !== 'WAITING') return saga;
  const status = isWaiting(saga) ? 'WAITING' : 'RUNNING';
  return status === saga.status ? saga : { ...saga, status };
}

function isWaiting(saga: SagaState): boolean {
  if (failureOf(saga) !== undefined) return false;
  const busy = atWork(saga);
  if (busy.length > 0) return busy.every(([, { waiting }]) => 'events' in waiting);
  const untouched = ({ status }: StepState) => status === 'PENDING' || status === 'SKIPPED';
  return saga.startsAt !== undefined && Object.values(saga.steps).every(untouched);
}

/** The saga with the entry's step as the entry leaves it. */
function withStep(saga: SagaState, entry: LogEntry): SagaState {
  const name = entry.step ?? '';
  const step = Object.hasOwn(saga.steps, name) ? saga.steps[name] : undefined;
  if (step === undefined) throw corrupt(`${entry.event} of the unknown step ${entry.step}`);
  const next = stepAfter(step, entry, failureOf(saga) !== undefined);
  if (next === undefined) throw corrupt(`${entry.event} of the step ${entry.step}, which is ${step.status}`);
  return { ...saga, steps: { ...saga.steps, [name]: next } } as SagaState;
}
