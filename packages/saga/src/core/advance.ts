import { compensationContext } from './context.js';
import type { StepDefinition } from './definition.js';
import type { Draft } from './draft.js';
import { messageOf } from './errors.js';
import { takeEvents } from './events.js';
import { ancestorsOf } from './graph.js';
import { atWork, type Failure, failureOf, goesForward, type StepState } from './saga.js';
import { definitionOf, sendCompensation, startStep } from './send.js';
import { doneOf } from './step-after.js';

/** Starts whatever can start now: the next steps, the next compensation, or the end. */
export function advance(draft: Draft): void {
  for (;;) {
    const before = draft.logs.length;
    if (goesForward(draft.saga)) goForward(draft);
    else if (draft.saga.status === 'RUNNING' || draft.saga.status === 'COMPENSATING') goBack(draft);
    if (draft.logs.length === before) return;
  }
}

function goForward(draft: Draft): void {
  if (isEarly(draft)) return;
  takeEvents(draft);
  for (const step of draft.definition.steps) {
    if (!goesForward(draft.saga)) return;
    if (isReady(draft, step)) startStep(draft, step);
    else takeBackAttempt(draft, step);
  }
  if (goesForward(draft.saga) && Object.values(draft.saga.steps).every(isDone)) draft.add('SAGA_COMPLETED', {});
}

const isEarly = ({ saga, now }: Draft): boolean =>
  saga.status === 'WAITING' && saga.startsAt !== undefined && saga.startsAt > now && atWork(saga).length === 0;

/** Not only those that it depends on must be done, but those before them, too: a person may have skipped one ahead of time. */
function isReady({ saga, definition }: Draft, { name }: StepDefinition): boolean {
  if (saga.steps[name]?.status !== 'PENDING') return false;
  for (const before of ancestorsOf(definition, name)) if (!isDone(saga.steps[before])) return false;
  return true;
}

const isDone = (step: StepState | undefined): boolean => step?.status === 'COMPLETED' || step?.status === 'SKIPPED';

/** An attempt that failed is compensated before the next one, if the definition says so. */
function takeBackAttempt(draft: Draft, step: StepDefinition): void {
  const state = draft.saga.steps[step.name];
  if (step.compensation?.strategy !== 'immediate' || state?.status !== 'RUNNING') return;
  if (!('retryAt' in state.waiting) || state.takenBack) return;
  sendCompensation(draft, step, { immediate: true });
}

/** Compensates one step at a time, once no step is under way any more. */
function goBack(draft: Draft): void {
  stopWaiting(draft);
  if (atWork(draft.saga).length > 0) return;
  const next = nextToCompensate(draft);
  if (next === undefined) draft.add('SAGA_COMPENSATED', { failure: failureOf(draft.saga) as Failure });
  else compensate(draft, next);
}

/** Why a wait ends that nobody needs any more. */
export const DROPPED = 'the saga fails';

/** What waits for an event, or for its next attempt, has no outcome under way to await. */
function stopWaiting(draft: Draft): void {
  for (const [name, step] of atWork(draft.saga)) {
    if (step.status !== 'RUNNING') continue;
    if ('events' in step.waiting) draft.add('STEP_SKIPPED', { reason: DROPPED }, name);
    else if ('retryAt' in step.waiting && !definitionOf(draft, name).pivot) {
      const error = step.error ?? { code: 'GIVEN_UP', message: 'given up before its next attempt', step: name };
      draft.add('STEP_FAILED', { error, failures: step.failures }, name, step.attempt);
    }
  }
}

function compensate(draft: Draft, step: StepDefinition): void {
  const needed = needsCompensation(draft, step);
  if (needed === true) sendCompensation(draft, step);
  else if (needed === false) draft.add('COMPENSATION_SKIPPED', { reason: 'not needed, says its condition' }, step.name);
  else sendCompensation(draft, step, { error: needed });
}

function needsCompensation({ saga }: Draft, { name, compensation }: StepDefinition): boolean | Failure {
  if (compensation?.when === undefined) return true;
  try {
    return compensation.when(compensationContext(saga, name));
  } catch (error) {
    const message = `the condition of the compensation of ${name} threw: ${messageOf(error)}`;
    return { code: 'DEFINITION_ERROR', message, step: name };
  }
}

/** The next in the declared order; or the one that was done last. */
function nextToCompensate(draft: Draft): StepDefinition | undefined {
  const open = Object.entries(draft.saga.steps).flatMap(([name, state]) => {
    const done = doneOf(state);
    const step = definitionOf(draft, name);
    return done === undefined || step.compensation === undefined ? [] : [{ step, doneSeq: done.doneSeq }];
  });
  const { compensationOrder: order } = draft.definition;
  if (order === undefined) open.sort((one, other) => other.doneSeq - one.doneSeq);
  else open.sort((one, other) => order.indexOf(one.step.name) - order.indexOf(other.step.name));
  return open[0]?.step;
}
