import type { SagaDefinition } from './definition.js';
import type { Draft } from './draft.js';
import { failAttempt } from './replies.js';
import { failureOf, type SagaState, type StepState } from './saga.js';
import { definitionOf, retryStep, sendCompensation } from './send.js';

type AtWork = Extract<StepState, { status: 'RUNNING' | 'COMPENSATING' }>;

/** When the saga must be looked at again if nothing happens before; null if there is nothing to wait for. Epoch ms. */
export function dueAt(definition: SagaDefinition, saga: SagaState): number | null {
  if (saga.status !== 'RUNNING' && saga.status !== 'COMPENSATING') return null;
  const times = atWork(saga).map(([, { waiting }]) => ('dueAt' in waiting ? waiting.dueAt : waiting.retryAt));
  const deadline = deadlineOf(definition, saga);
  if (deadline !== undefined) times.push(deadline);
  return times.length === 0 ? null : Math.min(...times);
}

/** The time has come: attempts without an answer have timed out, and what waited for its next attempt is sent. */
export function onDue(draft: Draft): void {
  const deadline = deadlineOf(draft.definition, draft.saga);
  if (deadline !== undefined && deadline <= draft.now) return timeOutSaga(draft);
  for (const [name, step] of atWork(draft.saga)) {
    if ('retryAt' in step.waiting) {
      if (step.waiting.retryAt <= draft.now) sendAgain(draft, name, step);
    } else if (step.waiting.dueAt <= draft.now) timeOut(draft, name, step);
  }
  if (draft.logs.length === 0) draft.ignored = 'nothing is due yet';
}

/** Whatever is under way may have been lost with the process that sent it: it is sent again, which is no failure. */
export function onRecovered(draft: Draft): void {
  for (const [name, step] of atWork(draft.saga)) {
    if ('dueAt' in step.waiting || step.waiting.retryAt <= draft.now) sendAgain(draft, name, step);
  }
}

function sendAgain(draft: Draft, name: string, step: AtWork): void {
  const definition = definitionOf(draft, name);
  if (step.status === 'RUNNING') retryStep(draft, definition, step.attempt + 1);
  else sendCompensation(draft, definition, step.attempt + 1);
}

function timeOut(draft: Draft, name: string, step: AtWork): void {
  const definition = definitionOf(draft, name);
  const undo = step.status === 'COMPENSATING';
  const ms = undo ? definition.compensation?.timeoutMs : definition.timeoutMs;
  const what = undo ? `the compensation of ${name}` : name;
  const error = { code: 'TIMEOUT', message: `${what} was not answered within ${ms} ms` };
  failAttempt(draft, undo ? 'COMPENSATION_FAILED' : 'STEP_TIMED_OUT', definition, step, error);
}

function timeOutSaga(draft: Draft): void {
  const { timeoutMs } = draft.definition;
  for (const [name, step] of atWork(draft.saga)) {
    const error = { code: 'SAGA_TIMEOUT', message: `the saga did not end within ${timeoutMs} ms`, step: name };
    draft.add('STEP_TIMED_OUT', { error, failures: step.failures + 1 }, name, step.attempt);
  }
}

/** The saga's own deadline, as long as passing it would change anything: not once it goes back or is past its pivot. */
function deadlineOf(definition: SagaDefinition, saga: SagaState): number | undefined {
  if (definition.timeoutMs === undefined || saga.status !== 'RUNNING' || failureOf(saga) !== undefined)
    return undefined;
  return isPastPivot(definition, saga) ? undefined : saga.createdAt + definition.timeoutMs;
}

/** Whether a pivot step has begun. */
export function isPastPivot(definition: SagaDefinition, saga: SagaState): boolean {
  return definition.steps.some(({ pivot, name }) => {
    const status = saga.steps[name]?.status;
    return pivot && (status === 'RUNNING' || status === 'COMPLETED');
  });
}

/** The steps that wait for a reply or for their next attempt. */
export function atWork(saga: SagaState): [string, AtWork][] {
  return Object.entries(saga.steps).filter((entry): entry is [string, AtWork] => {
    const { status } = entry[1];
    return status === 'RUNNING' || status === 'COMPENSATING';
  });
}
