import type { ControlHappening } from '../../core/happening.js';
import type { SagaRuntime } from '../../runtime/runtime.js';
import { type Duration, msOf } from '../duration.js';
import type { Faults } from '../faults.js';
import type { Simulation } from '../simulation/simulation.js';
import type { Actors } from './scenario.js';

export interface ActorsOptions {
  readonly simulation: Simulation;
  readonly sagaId: string;
  readonly faults: Faults;
  readonly onProblem: (problem: string) => void;
}

/** What an engine answers that is alive, and that a client has to live with: it is too late, or too early. */
const NO = new Set<unknown>(['NOT_APPLICABLE', 'UNKNOWN_SAGA']);
/** What a client tries again. */
const NOT_NOW: unknown = 'JOURNAL_UNAVAILABLE';

/** Clients that ask until they are answered, whichever process dies meanwhile. */
export function actorsOf({ simulation, sagaId, faults, onProblem }: ActorsOptions): Actors {
  const ask = async (request: (runtime: SagaRuntime) => Promise<unknown>): Promise<boolean> => {
    for (;;) {
      try {
        await simulation.ask(request);
        return true;
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code === NOT_NOW) continue;
        if (!NO.has(code)) onProblem(`a client was answered: ${String(error)}`);
        return false;
      }
    }
  };
  const control = (happening: Exclude<ControlHappening, { kind: 'event' }>) =>
    ask((runtime) => runtime.control(sagaId, happening));
  const reason = 'said by a test';
  return {
    after: (duration: Duration, then) => void simulation.clock.after(msOf(duration), then),
    signal: (event, payload, id) =>
      ask((runtime) => runtime.signal(sagaId, event, payload, id === undefined ? {} : { id })),
    cancel: () => control({ kind: 'cancelRequested', reason }),
    pause: () => control({ kind: 'pause' }),
    resume: () => control({ kind: 'resume' }),
    retry: () => control({ kind: 'retry' }),
    skip: (step, reply) => control({ kind: 'skip', step, reason, ...(reply !== undefined && { reply }) }),
    heal: (command) => faults.set(command, 'none', 'always'),
  };
}
