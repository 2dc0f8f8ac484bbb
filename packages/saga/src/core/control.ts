import { atWork, isPastPivot } from './clock.js';
import type { Draft } from './draft.js';
import type { Happening } from './happening.js';
import { failureOf } from './saga.js';
import { definitionOf, sendCompensation } from './send.js';

type Control<K extends Happening['kind']> = Extract<Happening, { kind: K }>;

/** Cancelling is not a kill: the current step's outcome is awaited, then compensation runs, which cannot be cancelled. */
export function onCancelRequested(draft: Draft, { reason, by }: Control<'cancelRequested'>): void {
  const { saga, definition } = draft;
  if (saga.status !== 'RUNNING' || failureOf(saga) !== undefined) {
    draft.ignored = `the saga is ${saga.status}${saga.status === 'RUNNING' ? ' and failing already' : ''}`;
  } else if (isPastPivot(definition, saga)) {
    draft.ignored = 'the saga is past its point of no return';
  } else {
    const failure = { code: 'CANCELLED', message: reason };
    draft.add('SAGA_CANCEL_REQUESTED', { failure, ...(by !== undefined && { by }) });
    giveUpWaitingRetries(draft);
  }
}

/** What waits for its next attempt has no outcome under way to await: it is unknown now. */
function giveUpWaitingRetries(draft: Draft): void {
  for (const [name, step] of atWork(draft.saga)) {
    if (!('retryAt' in step.waiting)) continue;
    const error = step.error ?? { code: 'CANCELLED', message: 'cancelled before its next attempt', step: name };
    draft.add('STEP_FAILED', { error, failures: step.failures }, name, step.attempt);
  }
}

/** A person has the parked compensation tried again, with a fresh count of attempts. */
export function onRetry(draft: Draft, { reason, by }: Control<'retry'>): void {
  if (draft.saga.status !== 'COMPENSATION_FAILED') {
    draft.ignored = `only a saga whose compensation failed can be retried; this one is ${draft.saga.status}`;
    return;
  }
  draft.add('SAGA_RETRIED', { ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) });
  for (const [name, step] of Object.entries(draft.saga.steps)) {
    if (step.status === 'COMPENSATION_FAILED') sendCompensation(draft, definitionOf(draft, name), step.attempt + 1);
  }
}

/** A person says that the parked compensation is settled by other means. */
export function onSkip(draft: Draft, { step, reason, by }: Control<'skip'>): void {
  if (draft.saga.steps[step]?.status !== 'COMPENSATION_FAILED') {
    draft.ignored = `only a step whose compensation failed can be skipped; ${step} is ${draft.saga.steps[step]?.status ?? 'unknown'}`;
    return;
  }
  draft.add('STEP_SKIPPED_BY_OPERATOR', { reason, ...(by !== undefined && { by }) }, step);
}
