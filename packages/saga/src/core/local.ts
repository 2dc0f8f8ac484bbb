import type { LocalCall, Outcome } from './command.js';
import { compensationContext, stepContext } from './context.js';
import { type SagaDefinition, stepOf } from './definition.js';
import { messageOf } from './errors.js';
import type { SagaState } from './saga.js';

/** What a local step's `refuse` throws: a business "no", after which nothing was done. */
export class Refusal extends Error {
  readonly code: string;
  readonly details?: unknown;

  constructor(code: string, message: string, details?: unknown) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    if (details !== undefined) this.details = details;
  }
}

/**
 * Runs the function of a local step, or of a local compensation, for a saga whose transition asked for it. Never rejects:
 * what the function throws is a failure, unless it is a refusal that the step declares.
 */
export async function runLocal(definition: SagaDefinition, saga: SagaState, call: LocalCall): Promise<Outcome> {
  const step = stepOf(definition, call.step);
  const { sagaId, phase, attempt } = call;
  const about = { sagaId, attempt, idempotencyKey: `${sagaId}:${call.step}:${phase}` };
  try {
    if (phase === 'undo' && step?.compensation?.kind === 'local') {
      const actionKey = `${sagaId}:${call.step}:do`;
      await step.compensation.run({ ...compensationContext(saga, call.step), ...about, actionKey });
      return { outcome: 'done', data: {} };
    }
    if (phase === 'do' && step?.kind === 'local') {
      const data = await step.run({ ...stepContext(definition, saga, call.step), ...about, refuse });
      return { outcome: 'done', data: data === undefined ? null : data };
    }
    return failed('DEFINITION_ERROR', `${call.step} has no function to run`);
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) return failed('LOCAL_STEP_FAILED', messageOf(thrown));
    const { code, message, details } = thrown;
    const declared = step?.kind === 'local' ? step.refusals : [];
    if (phase === 'do' && !declared.includes(code))
      return failed('UNDECLARED_REFUSAL', `${call.step} refused with ${code}; add it to the step's refusals`);
    return { outcome: 'refused', code, message, ...(details !== undefined && { details }) };
  }
}

function refuse(code: string, message = code, details?: unknown): never {
  throw new Refusal(code, message, details);
}

const failed = (code: string, message: string): Outcome => ({ outcome: 'failed', code, message });
