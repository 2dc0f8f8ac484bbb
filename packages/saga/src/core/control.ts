import { giveUp, sendAgain, sendWhatIsLate } from './clock.js';
import { isPastPivot } from './definition.js';
import type { Draft } from './draft.js';
import type { ControlHappening } from './happening.js';
import { asJson } from './json.js';
import { atWork, failureOf, goesForward } from './saga.js';
import { definitionOf, sendCompensation } from './send.js';

type Control<K extends ControlHappening['kind']> = Extract<ControlHappening, { kind: K }>;

/** Cancelling is not a kill: the current step's outcome is awaited, then compensation runs, which cannot be cancelled. */
export function onCancelRequested(draft: Draft, { reason, by }: Control<'cancelRequested'>): void {
  if (!mayGoBack(draft)) return;
  draft.add('SAGA_CANCEL_REQUESTED', { failure: cancelled(reason), ...said({ by }) });
}

/** Does not await the current step's outcome. What is paused is resumed by it. */
export function onCompensate(draft: Draft, { reason, by }: Control<'compensate'>): void {
  const awaits = draft.saga.status === 'RUNNING' && failureOf(draft.saga) !== undefined;
  if (!awaits && !mayGoBack(draft)) return;
  if (draft.saga.status === 'PAUSED') draft.add('SAGA_RESUMED', said({ by, reason }));
  draft.add('SAGA_CANCEL_REQUESTED', { failure: cancelled(reason), immediate: true, ...said({ by }) });
  giveUp(draft, 'STEP_FAILED', 'CANCELLED', 'its outcome was not awaited');
}

const cancelled = (reason: string) => ({ code: 'CANCELLED', message: reason });

function mayGoBack(draft: Draft): boolean {
  const { saga, definition } = draft;
  const failing = failureOf(saga) !== undefined;
  if (isPastPivot(definition, saga)) draft.ignored = 'the saga is past its point of no return';
  else if (failing || !(goesForward(saga) || saga.status === 'PAUSED'))
    draft.ignored = `the saga is ${saga.status}${failing && saga.status !== 'COMPENSATING' ? ' and failing already' : ''}`;
  return draft.ignored === undefined;
}

/** A person has the parked compensation tried again with a fresh count; or does not want to wait for the next attempt. */
export function onRetry(draft: Draft, { reason, by }: Control<'retry'>): void {
  const { saga } = draft;
  if (saga.status === 'PAUSED') {
    draft.ignored = 'the saga is paused; resume it';
    return;
  }
  const parked = Object.keys(saga.steps).filter((name) => saga.steps[name]?.status === 'COMPENSATION_FAILED');
  const waiting = atWork(saga).filter(
    ([name, step]) => 'retryAt' in step.waiting && (step.status === 'COMPENSATING' || mayGoOn(draft, name)),
  );
  if (parked.length === 0 && waiting.length === 0) {
    draft.ignored = `nothing of the saga waits for another attempt; it is ${saga.status}`;
    return;
  }
  draft.add('SAGA_RETRIED', said({ by, reason }));
  for (const name of parked) sendCompensation(draft, definitionOf(draft, name));
  for (const [name, step] of waiting) sendAgain(draft, name, step);
}

const mayGoOn = (draft: Draft, name: string): boolean => goesForward(draft.saga) || definitionOf(draft, name).pivot;

/** A person says that a step is settled by other means: what it was to do, or, once the saga goes back, its compensation. */
export function onSkip(draft: Draft, { step: name, reason, by, reply }: Control<'skip'>): void {
  const { saga } = draft;
  const step = Object.hasOwn(saga.steps, name) ? saga.steps[name] : undefined;
  const failing = failureOf(saga) !== undefined;
  if (step === undefined) draft.ignored = `the saga has no step ${name}`;
  else if (step.status === 'COMPENSATING' && !failing)
    draft.ignored = `${name} is being taken back before its next attempt; skip it afterwards`;
  else if (step.status === 'PENDING' || step.status === 'RUNNING') {
    if (failing) draft.ignored = `the saga is ${saga.status} and failing; only compensations can be skipped now`;
  } else if (step.status !== 'COMPENSATING' && step.status !== 'COMPENSATION_FAILED')
    draft.ignored = `${name} is ${step.status}; there is nothing to skip`;
  if (draft.ignored !== undefined) return;
  draft.add(
    'STEP_SKIPPED_BY_OPERATOR',
    { reason, ...said({ by }), ...(reply !== undefined && { reply: asJson(reply) }) },
    name,
  );
}

/** Nothing more is sent until somebody resumes it; what comes in meanwhile is recorded. */
export function onPause(draft: Draft, { reason, by }: Control<'pause'>): void {
  const { status } = draft.saga;
  if (status === 'RUNNING' || status === 'WAITING' || status === 'COMPENSATING')
    draft.add('SAGA_PAUSED', said({ by, reason }));
  else draft.ignored = `the saga is ${status}`;
}

export function onResume(draft: Draft, { reason, by }: Control<'resume'>): void {
  if (draft.saga.status !== 'PAUSED') {
    draft.ignored = `the saga is ${draft.saga.status}, not paused`;
    return;
  }
  draft.add('SAGA_RESUMED', said({ by, reason }));
  sendWhatIsLate(draft);
}

const said = ({ by, reason }: { by?: string | undefined; reason?: string | undefined }) => ({
  ...(by !== undefined && { by }),
  ...(reason !== undefined && { reason }),
});
