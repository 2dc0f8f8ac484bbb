import { commandId, type Outcome, type Phase } from '../../core/command.js';
import type { LocalCallContext, SagaDefinition, StepDefinition } from '../../core/definition.js';
import { messageOf } from '../../core/errors.js';
import { Refusal } from '../../core/local.js';
import type { Boundary } from './interference.js';
import type { Life } from './life.js';
import type { Network } from './network.js';

/** The process that local functions run in. */
export interface LocalHost {
  readonly life: Life;
  readonly boundary: (boundary: Boundary) => void;
  readonly network: Network;
}

type Run = (context: never) => unknown;

/** The definition with its local functions as this process runs them. */
export function hosted(definition: SagaDefinition, host: LocalHost): SagaDefinition {
  return { ...definition, steps: definition.steps.map((step) => hostedStep(step, host)) };
}

function hostedStep(step: StepDefinition, host: LocalHost): StepDefinition {
  const { compensation } = step;
  const undo =
    compensation?.kind === 'local'
      ? { compensation: { ...compensation, run: hostedRun(host, step.name, 'undo', compensation.run) } }
      : {};
  return step.kind === 'local'
    ? { ...step, ...undo, run: hostedRun(host, step.name, 'do', step.run) }
    : { ...step, ...undo };
}

function hostedRun({ life, boundary, network }: LocalHost, step: string, phase: Phase, run: Run) {
  const name = nameOfLocal(step, phase);
  return async (context: LocalCallContext): Promise<unknown> => {
    const { sagaId, attempt } = context;
    const id = commandId(sagaId, step, phase, attempt);
    const message = network.next({ id, sagaId, step, phase, attempt, name, queue: '', payload: undefined }, true);
    boundary({ when: 'before', what: 'run', of: name, message });
    if (!life.runs) await life.goesOn();
    const outcome = await network.run(message, () => outcomeOf(run, context));
    if (outcome === undefined) return new Promise(() => {});
    boundary({ when: 'after', what: 'run', of: name, message });
    if (!life.runs) await life.goesOn();
    return returned(outcome);
  };
}

/** As the engine expects it of a function. */
function returned(outcome: Outcome): unknown {
  if (outcome.outcome === 'done') return outcome.data;
  if (outcome.outcome === 'refused') throw new Refusal(outcome.code, outcome.message, outcome.details);
  throw new Error(outcome.message);
}

/** What a local function is called where commands have names. */
export function nameOfLocal(step: string, phase: Phase): string {
  return phase === 'do' ? `run ${step}` : `take back ${step}`;
}

async function outcomeOf(run: Run, context: LocalCallContext): Promise<Outcome> {
  try {
    return { outcome: 'done', data: await run(context as never) };
  } catch (error) {
    if (!(error instanceof Refusal)) return { outcome: 'failed', code: 'LOCAL_STEP_FAILED', message: messageOf(error) };
    const { code, message, details } = error;
    return { outcome: 'refused', code, message, ...(details !== undefined && { details }) };
  }
}
