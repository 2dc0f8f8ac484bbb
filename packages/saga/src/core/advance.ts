import type { StepDefinition } from './definition.js';
import type { Draft } from './draft.js';
import { type Failure, failureOf, type SagaState, type StepState } from './saga.js';
import { definitionOf, sendCompensation, startStep } from './send.js';

/** Starts whatever can start now: the next steps, the next compensation, or the end. */
export function advance(draft: Draft): void {
  for (;;) {
    const before = draft.logs.length;
    if (draft.saga.status === 'RUNNING' && failureOf(draft.saga) === undefined) goForward(draft);
    else if (draft.saga.status === 'RUNNING' || draft.saga.status === 'COMPENSATING') goBack(draft);
    if (draft.logs.length === before) return;
  }
}

function goForward(draft: Draft): void {
  for (const step of draft.definition.steps) {
    if (failureOf(draft.saga) !== undefined) return;
    if (isReady(draft.saga, step)) startStep(draft, step);
  }
  if (Object.values(draft.saga.steps).every(isDone)) draft.add('SAGA_COMPLETED', {});
}

function isReady(saga: SagaState, step: StepDefinition): boolean {
  return saga.steps[step.name]?.status === 'PENDING' && step.dependsOn.every((name) => isDone(saga.steps[name]));
}

const isDone = (step: StepState | undefined): boolean => step?.status === 'COMPLETED' || step?.status === 'SKIPPED';

/** Compensates one step at a time, in reverse order of completion, once no step is under way any more. */
function goBack(draft: Draft): void {
  const steps = Object.values(draft.saga.steps);
  if (steps.some(({ status }) => status === 'RUNNING' || status === 'COMPENSATING' || status === 'COMPENSATION_FAILED'))
    return;
  const next = nextToCompensate(draft);
  if (next === undefined) draft.add('SAGA_COMPENSATED', { failure: failureOf(draft.saga) as Failure });
  else sendCompensation(draft, next, 1);
}

function nextToCompensate(draft: Draft): StepDefinition | undefined {
  let latest: { step: StepDefinition; doneSeq: number } | undefined;
  for (const [name, state] of Object.entries(draft.saga.steps)) {
    if (state.status !== 'COMPLETED' && state.status !== 'FAILED') continue;
    const step = definitionOf(draft, name);
    if (step.compensation === undefined || (latest !== undefined && latest.doneSeq > state.doneSeq)) continue;
    latest = { step, doneSeq: state.doneSeq };
  }
  return latest?.step;
}
