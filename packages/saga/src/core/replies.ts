import type { Outcome } from './command.js';
import type { StepDefinition } from './definition.js';
import type { Draft } from './draft.js';
import type { Happening } from './happening.js';
import { asJson } from './json.js';
import { backoffMs, mayRetry, transportRetry } from './retry.js';
import { type AtWork, type Failure, failureOf, hasEnded, type StepState } from './saga.js';
import { check } from './schema.js';
import { definitionOf } from './send.js';

type Reply = Extract<Happening, { kind: 'reply' }>;

/** Records a participant's answer, if it answers what the saga waits for. */
export function onReply(draft: Draft, reply: Reply): void {
  const step = Object.hasOwn(draft.saga.steps, reply.step) ? draft.saga.steps[reply.step] : undefined;
  const reason = whyLate(step, reply);
  if (reason !== undefined) return ignore(draft, reply, reason);
  const definition = definitionOf(draft, reply.step);
  const outcome = checked(definition, reply);
  if (reply.phase === 'do') onActionReply(draft, definition, step as AtWork, outcome);
  else onCompensationReply(draft, definition, step as AtWork, outcome);
}

function whyLate(step: StepState | undefined, { step: name, phase, attempt }: Reply): string | undefined {
  if (step === undefined) return `the saga has no step ${name}`;
  if (step.status !== (phase === 'do' ? 'RUNNING' : 'COMPENSATING')) return `step ${name} is ${step.status}`;
  const current = step as AtWork;
  if (current.attempt !== attempt) return `attempt ${attempt} of ${name} was replaced by attempt ${current.attempt}`;
  if ('events' in current.waiting) return `${name} waits for an event, not for an answer`;
  return 'retryAt' in current.waiting ? `attempt ${attempt} of ${name} had failed already` : undefined;
}

/** Nothing is journaled after the end; the runtime's own log tells of it. */
function ignore(draft: Draft, { step, attempt, outcome }: Reply, reason: string): void {
  draft.ignored = reason;
  if (hasEnded(draft.saga)) return;
  draft.add(
    'LATE_REPLY_IGNORED',
    { reason, outcome: outcome.outcome },
    Object.hasOwn(draft.saga.steps, step) ? step : null,
    attempt,
  );
}

/** The outcome, with its data as the contract declares it; data that breaks the contract is a failure. */
function checked(definition: StepDefinition, { phase, outcome }: Reply): Outcome {
  if (outcome.outcome !== 'done') return outcome;
  const action = phase === 'do' ? definition : definition.compensation;
  if (action?.kind !== 'command') return outcome;
  const result = check(action.command.reply, outcome.data);
  if (result.ok) return { outcome: 'done', data: result.value };
  return { outcome: 'failed', code: 'INVALID_REPLY', message: `the reply breaks its contract: ${result.problems}` };
}

function onActionReply(draft: Draft, definition: StepDefinition, step: AtWork, outcome: Outcome): void {
  const { name } = definition;
  if (outcome.outcome === 'done') draft.add('STEP_COMPLETED', { reply: asJson(outcome.data) }, name, step.attempt);
  else if (outcome.outcome === 'refused') {
    draft.add('STEP_REFUSED', { error: refusal(name, outcome) }, name, step.attempt);
  } else failAttempt(draft, 'STEP_FAILED', definition, step, outcome);
}

function onCompensationReply(draft: Draft, definition: StepDefinition, step: AtWork, outcome: Outcome): void {
  const { name } = definition;
  if (outcome.outcome === 'done') draft.add('STEP_COMPENSATED', {}, name, step.attempt);
  else if (outcome.outcome === 'refused') {
    // A compensation that is refused will not be done by asking again: a person must look.
    const error = refusal(name, outcome);
    draft.add('COMPENSATION_FAILED', { error, failures: step.failures + 1 }, name, step.attempt);
  } else failAttempt(draft, 'COMPENSATION_FAILED', definition, step, outcome);
}

function refusal(step: string, { code, message, details }: Extract<Outcome, { outcome: 'refused' }>): Failure {
  return { code, message, step, ...(details !== undefined && { details: asJson(details) }) };
}

type FailureEvent = 'STEP_FAILED' | 'STEP_TIMED_OUT' | 'COMPENSATION_FAILED';

/** Records a failed attempt: with the time of the next one, or as the last. */
export function failAttempt(
  draft: Draft,
  event: FailureEvent,
  definition: StepDefinition,
  step: AtWork,
  { code, message, transport }: { code: string; message: string; transport?: boolean },
): void {
  const { name } = definition;
  const undo = step.status === 'COMPENSATING';
  const policy = (undo ? definition.compensation?.retry : undefined) ?? definition.retry;
  const failures = transport ? step.failures : step.failures + 1;
  const givenUp = !undo && !definition.pivot && failureOf(draft.saga) !== undefined;
  const error: Failure = { code, message, step: name };
  if (givenUp || !mayRetry(policy, failures)) return draft.add(event, { error, failures }, name, step.attempt);
  const seed = `${draft.saga.sagaId}:${name}:${step.status}:${step.attempt}`;
  const delayMs = transport ? backoffMs(transportRetry(policy), step.attempt, seed) : backoffMs(policy, failures, seed);
  const retryAt = draft.now + delayMs;
  draft.add(event, { error, failures, retryAt }, name, step.attempt);
}
