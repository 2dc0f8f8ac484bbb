import type { LogEntry } from '../core/log.js';
import type { Failure } from '../core/saga.js';
import type { Token } from './definition.fixture.js';
import { insist, type KeptEvent, type Model } from './model.fixture.js';
import { eventsOf, type WaitPlan } from './plan.fixture.js';
import {
  byOne,
  type Cause,
  countFailure,
  type EntryOf,
  isAnswer,
  isDefinitionError,
  sent,
  stepIn,
  workOf,
} from './rule.fixture.js';
import type { Standing } from './standing.fixture.js';

/** Entries about steps that go forward. */
export const forward = {
  STEP_STARTED: started,
  STEP_RETRIED: retried,
  EVENT_AWAITED: awaited,
  STEP_COMPLETED: completed,
  STEP_REFUSED: refused,
  STEP_FAILED: failed,
  STEP_TIMED_OUT: timedOut,
  STEP_SKIPPED: skipped,
  STEP_SKIPPED_BY_OPERATOR: skippedByOperator,
} as const;

function started(model: Model, entry: EntryOf<'STEP_STARTED'>): void {
  const { name, at } = stepIn(model, entry, 'pending');
  mayStart(model, entry, name);
  insist(entry.attempt === 1, `its first attempt is ${entry.attempt}`);
  Object.assign(at, { is: 'asked', attempt: 1, until: sent(entry, workOf(model, name).timeoutMs) });
}

function mayStart(model: Model, entry: LogEntry, name: string): void {
  insist(model.goesForward(entry.at), 'nothing starts now');
  insist(model.isReady(name), `${name} comes after ${model.ancestors(name).join(', ')}`);
  insist(model.runs(name) === true, `the condition of ${name} does not hold`);
}

function retried(model: Model, entry: EntryOf<'STEP_RETRIED'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'asked', 'backoff');
  const { pivot, timeoutMs } = workOf(model, name);
  insist(!model.isHeld, 'nothing is sent now');
  insist(entry.attempt === at.attempt + 1, `attempt ${entry.attempt} after ${at.attempt}`);
  if (at.is === 'asked') insist(byOne(cause, 'recovered', 'resume'), `${name} is sent again without need`);
  else {
    insist(model.failure === undefined || pivot, `${name} is tried again though the saga fails`);
    insist(byOne(cause, 'retry') || entry.at >= (at.until ?? 0), `${name} is tried again early`);
    insist(!at.undoFirst, `${name} is tried again before its failed attempt was taken back`);
  }
  Object.assign(at, { is: 'asked', attempt: at.attempt + 1, until: sent(entry, timeoutMs) });
}

function awaited(model: Model, entry: EntryOf<'EVENT_AWAITED'>): void {
  const { name, at } = stepIn(model, entry, 'pending');
  mayStart(model, entry, name);
  const plan = model.planOf(name);
  insist(plan.kind === 'wait', `${name} waits for nothing`);
  const { events, dueAt } = entry.data;
  insist(String(events) === String(eventsOf(plan)), `it waits for ${events}`);
  insist(dueAt === (plan.timeoutMs === null ? null : entry.at + plan.timeoutMs), `it waits until ${dueAt}`);
  Object.assign(at, { is: 'listening', until: dueAt });
}

function completed(model: Model, entry: EntryOf<'STEP_COMPLETED'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'asked', 'listening');
  const plan = model.planOf(name);
  const reply = entry.data.reply as Token;
  if (plan.kind === 'wait') {
    const { event, payload } = takeEvent(model, name, entry.data.eventSeq);
    insist(event === plan.event, `${event} completes ${name}, which waits for ${plan.event}`);
    insist(reply.n === payload.n, `the reply is not that of the event`);
  } else insist(isAnswer(cause, name, 'do', at.attempt, 'done'), `nobody answered ${name} ${at.attempt}`);
  Object.assign(at, { is: 'done', until: null, worked: plan.kind !== 'wait', doneSeq: entry.seq, reply });
}

function refused(model: Model, entry: EntryOf<'STEP_REFUSED'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'asked', 'listening', 'pending');
  const plan = model.planOf(name);
  const { error, eventSeq } = entry.data;
  if (at.is === 'pending') {
    insist(model.goesForward(entry.at) && model.isReady(name), `it is not the turn of ${name}`);
    insist(model.runs(name) === undefined && isDefinitionError(error), `the condition of ${name} can be found out`);
  } else if (plan.kind === 'wait') {
    const { event } = takeEvent(model, name, eventSeq);
    insist(plan.refusedBy.includes(event), `${event} refuses ${name}`);
    insist(error.code === event, `the code is ${error.code}, not ${event}`);
  } else insist(isAnswer(cause, name, 'do', at.attempt, 'refused'), `nobody refused ${name} ${at.attempt}`);
  Object.assign(at, { is: 'refused', until: null });
  model.failure ??= error;
}

/** The event is the first that is kept for the step, and no step before it would take it. */
function takeEvent(model: Model, name: string, eventSeq: number | undefined): KeptEvent {
  const event = model.keptFor(name);
  insist(event !== undefined && event.seq === eventSeq, `${name} takes event ${eventSeq}, not ${event?.seq}`);
  const first = model.those('listening').find((it) => model.keptFor(it)?.seq === event.seq);
  insist(first === name, `${name} takes the event of ${first}`);
  model.kept = model.kept.filter((it) => it !== event);
  return event;
}

function failed(model: Model, entry: EntryOf<'STEP_FAILED'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'asked', 'backoff');
  const plan = workOf(model, name);
  if (at.is === 'backoff' || isCompensate(cause)) return givenUp(model, entry, cause, name, at);
  if (plan.kind === 'command' && plan.throws) {
    insist(isDefinitionError(entry.data.error), 'its payload function throws');
    return becomeUnknown(model, at, entry.seq, entry.data.error);
  }
  insist(isAnswer(cause, name, 'do', at.attempt, 'failed', 'done'), `nobody answered ${name} ${at.attempt}`);
  attemptFailed(model, entry, cause, name, at);
}

const isCompensate = (cause: Cause): boolean => cause !== 'any' && cause.kind === 'compensate';

type FailedEntry = EntryOf<'STEP_FAILED' | 'STEP_TIMED_OUT'>;

function attemptFailed(model: Model, entry: FailedEntry, cause: Cause, name: string, at: Standing): void {
  const { pivot, maxAttempts, undo } = workOf(model, name);
  const { retryAt, failures, error } = entry.data;
  insist(entry.attempt === at.attempt, `attempt ${entry.attempt}, not ${at.attempt}`);
  // Afterwards one cannot tell an answer from what a person has called off.
  if (cause !== 'any' || retryAt !== undefined)
    countFailure(entry, cause, at.failures, maxAttempts, pivot || model.failure === undefined);
  at.failures = failures;
  if (retryAt !== undefined)
    Object.assign(at, { is: 'backoff', until: retryAt, error, undoFirst: undo?.strategy === 'immediate' });
  else {
    insist(!pivot, 'the outcome of a pivot is unknown');
    becomeUnknown(model, at, entry.seq, error);
  }
}

/** Nobody waits for the outcome, or for another attempt, any more. */
function givenUp(model: Model, entry: FailedEntry, cause: Cause, name: string, at: Standing): void {
  insist(model.failure !== undefined, `${name} is given up though the saga does not fail`);
  insist(entry.data.retryAt === undefined, `${name} is given up, and tried again`);
  insist(!workOf(model, name).pivot, 'a pivot is given up');
  insist(cause === 'any' || at.is === 'backoff' || isCompensate(cause), `${name} may still be answered`);
  becomeUnknown(model, at, entry.seq, entry.data.error);
}

function becomeUnknown(model: Model, at: Standing, doneSeq: number, error: Failure): void {
  Object.assign(at, { is: 'unknown', until: null, worked: true, doneSeq, error, undoFirst: false });
  model.failure ??= error;
}

function timedOut(model: Model, entry: EntryOf<'STEP_TIMED_OUT'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'asked', 'backoff', 'listening');
  const plan = model.planOf(name);
  insist(byOne(cause, 'due', 'recovered', 'resume'), 'it is not about time');
  if (plan.kind !== 'wait' && model.timedOutAt === entry.at) {
    insist(entry.data.error.code === 'SAGA_TIMEOUT', `the code is ${entry.data.error.code}`);
    insist(entry.data.retryAt === undefined && !plan.pivot, `${name} goes on`);
    return becomeUnknown(model, at, entry.seq, entry.data.error);
  }
  insist(at.is !== 'backoff' && at.until !== null && at.until <= entry.at, `${name} has time until ${at.until}`);
  if (plan.kind !== 'wait') return attemptFailed(model, entry, cause, name, at);
  insist(plan.onTimeout === 'fail', `${name} cannot fail`);
  insist(entry.data.error.code === 'EVENT_TIMEOUT', `the code is ${entry.data.error.code}`);
  becomeUnknown(model, at, entry.seq, entry.data.error);
}

function skipped(model: Model, entry: EntryOf<'STEP_SKIPPED'>): void {
  const { name, at } = stepIn(model, entry, 'pending', 'listening');
  if (at.is === 'pending') {
    insist(model.goesForward(entry.at) && model.isReady(name), `it is not the turn of ${name}`);
    insist(model.runs(name) === false, `the condition of ${name} holds`);
  } else {
    const { onTimeout } = model.planOf(name) as WaitPlan;
    at.isDropped = !entry.data.reason.includes('did not come');
    if (at.isDropped) insist(model.failure !== undefined, `${name} may still get its event`);
    else insist(onTimeout === 'continue' && at.until !== null && at.until <= entry.at, `${name} has time`);
  }
  Object.assign(at, { is: 'skipped', until: null });
}

function skippedByOperator(model: Model, entry: EntryOf<'STEP_SKIPPED_BY_OPERATOR'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, ...FORWARD, ...BACKWARD);
  insist(cause === 'any' || (cause.kind === 'skip' && cause.step === name), `nobody wanted ${name} to be skipped`);
  const isSettled = BACKWARD.some((stand) => stand === at.is);
  insist(isSettled || model.failure === undefined, 'the saga fails');
  const worked = at.is === 'asked' || at.is === 'backoff';
  Object.assign(at, { is: 'skipped', until: null, worked, doneSeq: entry.seq, isSettled, retryAt: undefined });
  if (entry.data.reply !== undefined && !isSettled) at.reply = entry.data.reply as Token;
}

const FORWARD = ['pending', 'asked', 'backoff', 'listening'] as const;
const BACKWARD = ['undoing', 'undoBackoff', 'stuck'] as const;
