import type { LocalCall, Outcome } from '../core/command.js';
import { runLocal } from '../core/local.js';
import type { Clock, EngineLog } from './ports.js';
import type { RunningSaga } from './running-saga.js';
import type { RunningSagas } from './running-sagas.js';

export interface CallsOptions {
  /** How many local functions run at a time; further ones wait for their turn. */
  readonly most: number;
  readonly running: RunningSagas;
  readonly clock: Clock;
  readonly log: EngineLog;
  readonly onOutcome: (id: string, outcome: Outcome) => void;
}

/**
 * Runs the functions of local steps, once their transitions are journaled, as commands are sent. What gets lost with the
 * process is run again when the step's time has passed, as a lost command is sent again.
 */
export class Calls {
  readonly #options: CallsOptions;
  readonly #waiting: LocalCall[] = [];
  #running = 0;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Runs them now, or when it is their turn. */
  add(calls: readonly LocalCall[]): void {
    this.#waiting.push(...calls);
    this.#next();
  }

  #next(): void {
    while (this.#running < this.#options.most) {
      const call = this.#waiting.shift();
      if (call === undefined) return;
      const { running, clock } = this.#options;
      const saga = running.get(call.sagaId);
      const dueAt = saga && deadlineOf(saga, call);
      // Its time has passed while it waited for its turn, or the saga is somebody else's: nobody awaits its outcome.
      if (saga === undefined || dueAt === undefined || dueAt <= clock.now()) continue;
      this.#running++;
      void this.#run(saga, call, dueAt);
    }
  }

  async #run(running: RunningSaga, call: LocalCall, dueAt: number): Promise<void> {
    const { clock, log, onOutcome } = this.#options;
    let holdsPlace = true;
    const leave = () => {
      if (!holdsPlace) return;
      holdsPlace = false;
      this.#running--;
      this.#next();
    };
    // Functions that never come to an end must not keep others from running.
    const cancel = clock.after(dueAt - clock.now(), () => {
      log.warn(
        { sagaId: call.sagaId, step: call.step },
        'a local function has not ended in time; it goes on, unheeded',
      );
      leave();
    });
    const outcome = await runLocal(running.definition, running.saga, call);
    cancel();
    onOutcome(call.id, outcome);
    leave();
  }
}

/** Until when the outcome of the call is awaited, in epoch ms; undefined if it is not. */
function deadlineOf(running: RunningSaga, { step: name, phase, attempt }: LocalCall): number | undefined {
  const { saga, dueAt } = running;
  const step = saga.steps[name];
  if (step?.status !== (phase === 'do' ? 'RUNNING' : 'COMPENSATING') || step.attempt !== attempt) return undefined;
  if (!('dueAt' in step.waiting) || step.waiting.dueAt === null) return undefined;
  // The time that the commit took does not count.
  return Math.max(step.waiting.dueAt, dueAt ?? 0);
}
