import { insist, type Model } from './model.fixture.js';
import {
  byOne,
  type Cause,
  countFailure,
  type EntryOf,
  isAnswer,
  isDefinitionError,
  sent,
  stepIn,
} from './rule.fixture.js';
import { AT_WORK, type Standing } from './standing.fixture.js';

/** Entries about steps that are taken back. */
export const backward = {
  COMPENSATION_STARTED: compensationStarted,
  COMPENSATION_SKIPPED: compensationSkipped,
  COMPENSATION_FAILED: compensationFailed,
  COMPENSATION_RETRIED: compensationRetried,
  STEP_COMPENSATED: compensated,
} as const;

function compensationStarted(model: Model, entry: EntryOf<'COMPENSATION_STARTED'>): void {
  const { name, at } = stepIn(model, entry, 'backoff', 'done', 'unknown', 'skipped');
  const isImmediate = entry.data.immediate === true;
  insist(!model.isHeld, 'nothing is sent now');
  insist(isImmediate === (at.is === 'backoff'), `${name} is ${at.is}`);
  if (isImmediate) attemptIsTakenBack(model, at);
  else {
    mayGoBack(model, name);
    insist(model.wantsUndo(name) !== false, `${name} is not to be compensated`);
    at.isBroken = model.wantsUndo(name) === undefined;
  }
  const code = (isImmediate ? at.error : model.failure)?.code;
  insist(entry.data.failure.code === code, `the failure is ${entry.data.failure.code}, not ${code}`);
  insist(entry.attempt === at.undoAttempt + 1, `attempt ${entry.attempt} after ${at.undoAttempt}`);
  const until = sent(entry, model.undoOf(name).timeoutMs);
  Object.assign(at, { is: 'undoing', undoFailures: 0, undoAttempt: at.undoAttempt + 1, until });
}

function attemptIsTakenBack(model: Model, at: Standing): void {
  insist(at.undoFirst && model.failure === undefined, 'no attempt is to be taken back');
  at.retryAt = at.until ?? 0;
}

/** It is the step's turn to be taken back. */
function mayGoBack(model: Model, name: string): void {
  insist(model.failure !== undefined && !model.isHeld, 'the saga does not fail');
  insist(!model.isAtWork(), `${model.those(...AT_WORK)} are at work`);
  insist(model.nextOwed() === name, `the next to compensate is ${model.nextOwed()}`);
  model.back = true;
}

function compensationSkipped(model: Model, entry: EntryOf<'COMPENSATION_SKIPPED'>): void {
  const { name, at } = stepIn(model, entry, 'done', 'unknown', 'skipped');
  mayGoBack(model, name);
  insist(model.wantsUndo(name) === false, `${name} is to be compensated`);
  at.kept = true;
}

function compensated(model: Model, entry: EntryOf<'STEP_COMPENSATED'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'undoing');
  insist(isAnswer(cause, name, 'undo', at.undoAttempt, 'done'), `nobody compensated ${name} ${at.undoAttempt}`);
  const goesOn = at.retryAt !== undefined && model.failure === undefined;
  const next = goesOn ? { is: 'backoff', until: at.retryAt } : { is: 'undone', until: null };
  Object.assign(at, { ...next, undoFirst: false, retryAt: undefined });
}

function compensationFailed(model: Model, entry: EntryOf<'COMPENSATION_FAILED'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'undoing');
  const { retryAt, failures, error } = entry.data;
  const undo = model.undoOf(name);
  const isBroken = at.isBroken || (undo.kind === 'command' && undo.throws);
  const isRefused = isAnswer(cause, name, 'undo', at.undoAttempt, 'refused');
  const isFailed = isAnswer(cause, name, 'undo', at.undoAttempt, 'failed', 'done');
  const isLate = byOne(cause, 'due') && entry.at >= (at.until ?? 0);
  insist(isBroken || isRefused || isFailed || isLate, `nothing went wrong with ${name} ${at.undoAttempt}`);
  if (isBroken) insist(retryAt === undefined && isDefinitionError(error), 'it is asked again in vain');
  else if (cause !== 'any' && isRefused) insist(retryAt === undefined, 'it is asked again in vain');
  else if (cause !== 'any') countFailure(entry, cause, at.undoFailures, undo.maxAttempts, true);
  at.undoFailures = failures;
  if (retryAt === undefined) isParked(model, at);
  else Object.assign(at, { is: 'undoBackoff', until: retryAt });
}

/** The saga cannot go on forward from there, and waits for a person whether somebody has paused it or not. */
function isParked(model: Model, at: Standing): void {
  Object.assign(at, { is: 'stuck', until: null, retryAt: undefined });
  model.failure ??= at.error;
  model.back = true;
  model.pausedAt = undefined;
}

function compensationRetried(model: Model, entry: EntryOf<'COMPENSATION_RETRIED'>, cause: Cause): void {
  const { name, at } = stepIn(model, entry, 'undoing', 'undoBackoff', 'stuck');
  insist(model.pausedAt === undefined, 'nothing is sent now');
  insist(entry.attempt === at.undoAttempt + 1, `attempt ${entry.attempt} after ${at.undoAttempt}`);
  if (at.is === 'undoing') insist(byOne(cause, 'recovered', 'resume'), `${name} is sent again without need`);
  if (at.is === 'undoBackoff') insist(byOne(cause, 'retry') || entry.at >= (at.until ?? 0), `${name} is early`);
  if (at.is === 'stuck') {
    insist(byOne(cause, 'retry'), 'nobody said so');
    at.undoFailures = 0;
  }
  const until = sent(entry, model.undoOf(name).timeoutMs);
  Object.assign(at, { is: 'undoing', undoAttempt: at.undoAttempt + 1, until, isBroken: false });
}
