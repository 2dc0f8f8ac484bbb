import { commandId, type LocalCall, type OutgoingCommand, type Phase } from './command.js';
import { compensationContext, stepContext } from './context.js';
import { type CommandStep, type LocalStep, type StepDefinition, stepOf, type WaitStep } from './definition.js';
import type { Draft } from './draft.js';
import { messageOf, SagaError } from './errors.js';
import type { Failure, StepState } from './saga.js';
import { doneOf } from './step-after.js';

type ActiveStep = CommandStep | LocalStep;

/** The definition of one of the saga's steps. Throws if the definition is not the one the saga began with. */
export function definitionOf(draft: Draft, name: string): StepDefinition {
  const step = stepOf(draft.definition, name);
  if (step !== undefined) return step;
  const { type, version } = draft.saga;
  throw new SagaError(
    'UNKNOWN_DEFINITION',
    `the definition ${type} version ${version} has no step ${name}, but a saga of it has`,
  );
}

/** Begins a step that is ready: skips it if it is not needed, waits for its event, or asks for its action. */
export function startStep(draft: Draft, step: StepDefinition): void {
  const needed = isNeeded(draft, step);
  if (typeof needed === 'object') draft.add('STEP_REFUSED', { error: needed }, step.name);
  else if (!needed) draft.add('STEP_SKIPPED', { reason: 'not needed, says its condition' }, step.name);
  else if (step.kind === 'wait') awaitEvent(draft, step);
  else begin(draft, step);
}

/** Journals that the step's action is asked for once more, and asks for it. */
export function retryStep(draft: Draft, step: ActiveStep, attempt: number): void {
  const work = outgoing(draft, step, 'do', attempt);
  draft.add('STEP_RETRIED', { dueAt: draft.now + step.timeoutMs }, step.name, attempt);
  ask(draft, work, (error) => draft.add('STEP_FAILED', { error, failures: attempt }, step.name, attempt));
}

/**
 * Journals that the step's compensation is asked for, for the first time or once more, and asks for it. `immediate`: of the
 * attempt that has just failed, while the saga goes forward. `error`: it cannot even be asked for.
 */
export function sendCompensation(
  draft: Draft,
  step: StepDefinition,
  { immediate = false, error }: { immediate?: boolean; error?: Failure } = {},
): void {
  const { name, compensation } = step;
  const state = draft.saga.steps[name] as StepState;
  const again = state.status === 'COMPENSATING' || state.status === 'COMPENSATION_FAILED';
  const attempt = 1 + (again ? state.attempt : latestUndo(state));
  const work = error === undefined ? outgoing(draft, step, 'undo', attempt) : { error };
  const dueAt = draft.now + (compensation?.timeoutMs ?? 0);
  if (again) draft.add('COMPENSATION_RETRIED', { dueAt }, name, attempt);
  else {
    const { failure } = compensationContext(draft.saga, name);
    draft.add(
      'COMPENSATION_STARTED',
      { dueAt, failure, ...(immediate && { immediate: true as const }) },
      name,
      attempt,
    );
  }
  ask(draft, work, (why) => draft.add('COMPENSATION_FAILED', { error: why, failures: attempt }, name, attempt));
}

const latestUndo = (state: StepState): number =>
  (state.status === 'RUNNING' ? state.undoAttempt : doneOf(state)?.undoAttempt) ?? 0;

function isNeeded(draft: Draft, { name, when }: StepDefinition): boolean | Failure {
  if (when === undefined) return true;
  try {
    return when(stepContext(draft.definition, draft.saga, name));
  } catch (error) {
    return definitionError(`the condition of ${name} threw: ${messageOf(error)}`, name);
  }
}

function awaitEvent(draft: Draft, { name, event, refusedBy, timeoutMs }: WaitStep): void {
  const events = [event, ...refusedBy].map((each) => each.name);
  draft.add('EVENT_AWAITED', { events, dueAt: timeoutMs === null ? null : draft.now + timeoutMs }, name, 1);
}

function begin(draft: Draft, step: ActiveStep): void {
  const work = outgoing(draft, step, 'do', 1);
  draft.add('STEP_STARTED', { dueAt: draft.now + step.timeoutMs }, step.name, 1);
  ask(draft, work, (error) => draft.add('STEP_FAILED', { error, failures: 1 }, step.name, 1));
}

/** A command for a participant, a function to run here; or the failure of a definition whose payload function throws. */
type Work = { command: OutgoingCommand } | { call: LocalCall } | { error: Failure };

function ask(draft: Draft, work: Work, failed: (error: Failure) => void): void {
  if ('command' in work) draft.commands.push(work.command);
  else if ('call' in work) draft.calls.push(work.call);
  else failed(work.error);
}

function outgoing(draft: Draft, step: StepDefinition, phase: Phase, attempt: number): Work {
  const { saga, definition } = draft;
  const { name } = step;
  const action = phase === 'do' ? step : step.compensation;
  if (action === undefined || action.kind === 'wait')
    return { error: definitionError(`step ${name} has no ${phase === 'do' ? 'action' : 'compensation'}`, name) };
  const { sagaId, traceparent } = saga;
  const call = { id: commandId(sagaId, name, phase, attempt), sagaId, step: name, phase, attempt };
  if (action.kind === 'local') return { call };
  try {
    const payload =
      'dependsOn' in action
        ? action.payload(stepContext(definition, saga, name))
        : action.payload(compensationContext(saga, name));
    const command = { ...call, name: action.command.name, queue: action.command.queue, payload };
    return { command: traceparent === undefined ? command : { ...command, traceparent } };
  } catch (error) {
    return { error: definitionError(`the payload function of ${name} threw: ${messageOf(error)}`, name) };
  }
}

const definitionError = (message: string, step: string): Failure => ({ code: 'DEFINITION_ERROR', message, step });
