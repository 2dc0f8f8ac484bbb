import type { ControlHappening } from '../../core/happening.js';
import type { SagaRuntime } from '../../runtime/runtime.js';
import { type Duration, msOf } from '../duration.js';
import type { Faults } from '../faults.js';
import type { Orchestrator } from '../simulation/orchestrator.js';
import type { Simulation } from '../simulation/simulation.js';
import type { Actors } from './scenario.js';

export interface ActorsOptions {
  readonly simulation: Simulation;
  readonly sagaId: string;
  readonly faults: Faults;
  readonly onProblem: (problem: string) => void;
}

/** What an engine answers that is sound, and that a client has to live with: it is too late, or too early. */
const NO = new Set<unknown>(['NOT_APPLICABLE', 'UNKNOWN_SAGA']);
/** What a client tries again. */
const NOT_NOW = new Set<unknown>(['JOURNAL_UNAVAILABLE', 'STOPPING']);
/** After so many ms. */
const AGAIN_MS = 5;

type Request = (runtime: SagaRuntime, process: Orchestrator) => Promise<unknown>;

/** Asks until it is answered, whichever process dies or stops meanwhile, and gives whether the answer was yes. */
export async function ask({ simulation, onProblem }: ActorsOptions, request: Request): Promise<boolean> {
  for (;;) {
    try {
      await simulation.ask(request);
      return true;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (!NOT_NOW.has(code)) {
        if (!NO.has(code)) onProblem(`a client was answered: ${String(error)}`);
        return false;
      }
      await new Promise<void>((resolve) => simulation.clock.after(AGAIN_MS, resolve));
    }
  }
}

/** Clients and people. */
export function actorsOf(options: ActorsOptions): Actors {
  const { simulation, sagaId, faults } = options;
  const control = (happening: Exclude<ControlHappening, { kind: 'event' }>) =>
    ask(options, (runtime) => runtime.control(sagaId, happening));
  const reason = 'said by a test';
  return {
    after: (duration: Duration, then) => void simulation.clock.after(msOf(duration), then),
    signal: (event, payload, id) =>
      ask(options, (runtime) => runtime.signal(sagaId, event, payload, id === undefined ? {} : { id })),
    cancel: () => control({ kind: 'cancelRequested', reason }),
    pause: () => control({ kind: 'pause' }),
    resume: () => control({ kind: 'resume' }),
    retry: () => control({ kind: 'retry' }),
    skip: (step, reply) => control({ kind: 'skip', step, reason, ...(reply !== undefined && { reply }) }),
    heal: (command) => faults.set(command, 'none', 'always'),
  };
}
