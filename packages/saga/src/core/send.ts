import { commandId, type OutgoingCommand, type Phase } from './command.js';
import { type StepDefinition, stepOf } from './definition.js';
import type { Draft } from './draft.js';
import { messageOf, SagaError } from './errors.js';
import { type Failure, failureOf, type SagaState } from './saga.js';

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

/** Journals that the step's action is sent for the first time, and asks for it. */
export function startStep(draft: Draft, step: StepDefinition): void {
  const command = outgoing(draft, step, 'do', 1);
  draft.add('STEP_STARTED', { dueAt: draft.now + step.timeoutMs }, step.name, 1);
  if ('id' in command) draft.commands.push(command);
  else draft.add('STEP_FAILED', { error: command, failures: 1 }, step.name, 1);
}

/** Journals that the step's action is sent once more, and asks for it. */
export function retryStep(draft: Draft, step: StepDefinition, attempt: number): void {
  const command = outgoing(draft, step, 'do', attempt);
  draft.add('STEP_RETRIED', { dueAt: draft.now + step.timeoutMs }, step.name, attempt);
  if ('id' in command) draft.commands.push(command);
  else draft.add('STEP_FAILED', { error: command, failures: attempt }, step.name, attempt);
}

/** Journals that the step's compensation is sent (`attempt` 1) or sent once more, and asks for it. */
export function sendCompensation(draft: Draft, step: StepDefinition, attempt: number): void {
  const command = outgoing(draft, step, 'undo', attempt);
  const dueAt = draft.now + (step.compensation?.timeoutMs ?? step.timeoutMs);
  if (attempt === 1) {
    const failure = failureOf(draft.saga) as Failure;
    draft.add('COMPENSATION_STARTED', { dueAt, failure }, step.name, attempt);
  } else draft.add('COMPENSATION_RETRIED', { dueAt }, step.name, attempt);
  if ('id' in command) draft.commands.push(command);
  else draft.add('COMPENSATION_FAILED', { error: command, failures: attempt }, step.name, attempt);
}

/** The command to send; or, if the definition's payload function throws, that error as a failure. */
function outgoing(draft: Draft, step: StepDefinition, phase: Phase, attempt: number): OutgoingCommand | Failure {
  const { saga } = draft;
  const command = phase === 'do' ? step.command : step.compensation?.command;
  if (command === undefined)
    return { code: 'DEFINITION_ERROR', message: `step ${step.name} has no compensation`, step: step.name };
  try {
    const payload =
      phase === 'do'
        ? step.payload({ input: saga.input, replies: repliesOf(saga) })
        : step.compensation?.payload({ input: saga.input, failure: failureOf(saga) as Failure });
    const { sagaId, traceparent } = saga;
    const id = commandId(sagaId, step.name, phase, attempt);
    const { name, queue } = command;
    const outgoingCommand = { id, sagaId, step: step.name, phase, attempt, name, queue, payload };
    return traceparent === undefined ? outgoingCommand : { ...outgoingCommand, traceparent };
  } catch (error) {
    return {
      code: 'DEFINITION_ERROR',
      message: `the payload function of ${step.name} threw: ${messageOf(error)}`,
      step: step.name,
    };
  }
}

function repliesOf(saga: SagaState): Record<string, unknown> {
  const replies: Record<string, unknown> = {};
  for (const [name, step] of Object.entries(saga.steps)) if (step.status === 'COMPLETED') replies[name] = step.reply;
  return replies;
}
