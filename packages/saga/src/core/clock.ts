import { isPastPivot, type SagaDefinition, type StepDefinition, type WaitStep } from './definition.js';
import type { Draft } from './draft.js';
import { failAttempt } from './replies.js';
import { type AtWork, atWork, failureOf, goesForward, type SagaState } from './saga.js';
import { definitionOf, retryStep, sendCompensation } from './send.js';

/** When the saga must be looked at again if nothing happens before; null if there is nothing to wait for. Epoch ms. */
export function dueAt(definition: SagaDefinition, saga: SagaState): number | null {
  if (saga.status !== 'RUNNING' && saga.status !== 'WAITING' && saga.status !== 'COMPENSATING') return null;
  const times: number[] = [];
  for (const [, { waiting }] of atWork(saga)) {
    const time = 'retryAt' in waiting ? waiting.retryAt : waiting.dueAt;
    if (time !== null) times.push(time);
  }
  if (saga.status === 'WAITING' && times.length === 0 && isBeforeStart(saga)) times.push(saga.startsAt as number);
  const deadline = deadlineOf(definition, saga);
  if (deadline !== undefined) times.push(deadline);
  return times.length === 0 ? null : Math.min(...times);
}

const isBeforeStart = (saga: SagaState): boolean => saga.startsAt !== undefined && atWork(saga).length === 0;

/** The time has come: attempts without an answer have timed out, and what waited for its next attempt is sent. */
export function onDue(draft: Draft): void {
  const { saga, definition, now } = draft;
  const deadline = deadlineOf(definition, saga);
  if (deadline !== undefined && deadline <= now) return timeOutSaga(draft);
  if (saga.status === 'PAUSED' || saga.status === 'COMPENSATION_FAILED') {
    draft.ignored = `the saga is ${saga.status}`;
    return;
  }
  for (const [name, step] of atWork(saga)) {
    if ('retryAt' in step.waiting) {
      if (step.waiting.retryAt <= now) sendAgain(draft, name, step);
    } else if (step.waiting.dueAt !== null && step.waiting.dueAt <= now) timeOut(draft, name, step);
  }
  if (draft.logs.length > 0 || (isBeforeStart(saga) && (saga.startsAt as number) <= now)) return;
  draft.ignored = 'nothing is due yet';
}

/** Whatever is under way may have been lost with the process that sent it: it is sent again, which is no failure. */
export function onRecovered(draft: Draft): void {
  if (draft.saga.status === 'PAUSED' || draft.saga.status === 'COMPENSATION_FAILED') return;
  for (const [name, step] of atWork(draft.saga)) {
    if ('events' in step.waiting) continue;
    if ('dueAt' in step.waiting || step.waiting.retryAt <= draft.now) sendAgain(draft, name, step);
  }
}

/** What may have been lost while the saga was paused is sent again. */
export function sendWhatIsLate(draft: Draft): void {
  for (const [name, step] of atWork(draft.saga)) {
    if ('events' in step.waiting) continue;
    const time = 'retryAt' in step.waiting ? step.waiting.retryAt : step.waiting.dueAt;
    if (time <= draft.now) sendAgain(draft, name, step);
  }
}

/** Sends a step's command once more: its action, unless something else comes first, or its compensation. */
export function sendAgain(draft: Draft, name: string, step: AtWork): void {
  const definition = definitionOf(draft, name);
  if (isOvertaken(draft, definition, step)) return;
  if (step.status === 'COMPENSATING') sendCompensation(draft, definition);
  else if (definition.kind !== 'wait') retryStep(draft, definition, step.attempt + 1);
}

/** The next attempt does not come now: the saga fails, so that it is given up, or the one before must be taken back first. */
function isOvertaken({ saga }: Draft, { pivot, compensation }: StepDefinition, step: AtWork): boolean {
  if (step.status !== 'RUNNING' || !('retryAt' in step.waiting)) return false;
  if (failureOf(saga) !== undefined) return !pivot;
  return compensation?.strategy === 'immediate' && !step.takenBack;
}

function timeOut(draft: Draft, name: string, step: AtWork): void {
  const definition = definitionOf(draft, name);
  if (definition.kind === 'wait') return timeOutWait(draft, definition);
  const undo = step.status === 'COMPENSATING';
  const ms = undo ? definition.compensation?.timeoutMs : definition.timeoutMs;
  const what = undo ? `the compensation of ${name}` : name;
  const error = { code: 'TIMEOUT', message: `${what} was not answered within ${ms} ms` };
  failAttempt(draft, undo ? 'COMPENSATION_FAILED' : 'STEP_TIMED_OUT', definition, step, error);
}

function timeOutWait(draft: Draft, { name, event, timeoutMs, onTimeout }: WaitStep): void {
  const message = `${event.name} did not come within ${timeoutMs} ms`;
  if (onTimeout === 'continue') return draft.add('STEP_SKIPPED', { reason: message }, name);
  const error = { code: 'EVENT_TIMEOUT', message, step: name };
  draft.add('STEP_TIMED_OUT', { error, failures: 1 }, name, 1);
}

function timeOutSaga(draft: Draft): void {
  const message = `the saga did not end within ${draft.definition.timeoutMs} ms`;
  draft.add('SAGA_TIMED_OUT', { failure: { code: 'SAGA_TIMEOUT', message } });
  giveUp(draft, 'STEP_TIMED_OUT', 'SAGA_TIMEOUT', message);
}

/** The outcome of what is under way is not awaited any longer: it is unknown. */
export function giveUp(draft: Draft, event: 'STEP_FAILED' | 'STEP_TIMED_OUT', code: string, message: string): void {
  for (const [name, step] of atWork(draft.saga)) {
    if (step.status !== 'RUNNING' || 'events' in step.waiting || definitionOf(draft, name).pivot) continue;
    const failures = step.failures + ('retryAt' in step.waiting ? 0 : 1);
    draft.add(event, { error: { code, message, step: name }, failures }, name, step.attempt);
  }
}

/** The saga's own deadline, as long as passing it would change anything: not once it goes back or is past its pivot. */
function deadlineOf(definition: SagaDefinition, saga: SagaState): number | undefined {
  if (definition.timeoutMs === undefined || !goesForward(saga) || isPastPivot(definition, saga)) return undefined;
  return (saga.startsAt ?? saga.createdAt) + definition.timeoutMs + (saga.pausedMs ?? 0);
}
