import { LATENCY_MS } from '../simulation/interference.js';
import type { Orchestrator } from '../simulation/orchestrator.js';
import type { Simulation } from '../simulation/simulation.js';

/** How long it takes until a process that has died is replaced, in ms. */
const DOWN_MS = 5;
/** How long a process that stops waits for answers, in ms: for those that nothing keeps from coming. */
const DRAIN_MS = 20;
/** How long a process stalls if no other one takes over, in ms. */
export const LONGEST_STALL_MS = 60_000;

/** The processes of a run: `a` begins; `b` is there when `a` is not, and the other way round. */
export class Processes {
  readonly #simulation: Simulation;
  readonly #stalling = new Set<Orchestrator>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    simulation.watch.onClaim = (owner) => this.#wake(owner);
    simulation.boot('a');
  }

  /** It dies, and one of the same name starts. */
  restart(process: Orchestrator): void {
    process.life.kill();
    this.#replace(process.owner);
  }

  /** It dies, and one of another name takes over. */
  takeOver(process: Orchestrator): void {
    process.life.kill();
    this.#replace(otherThan(process));
  }

  /** It stalls until one of another name has taken over, and goes on as if nothing had happened. */
  stall(process: Orchestrator): void {
    process.life.stall();
    this.#stalling.add(process);
    this.#simulation.clock.after(LONGEST_STALL_MS, () => process.life.resume());
    this.#replace(otherThan(process));
  }

  /** It stops when told to, as for a deployment: it waits a moment for answers, and hands over the rest to another one. */
  stop(process: Orchestrator): void {
    void process.runtime.stop(DRAIN_MS).then(() => process.life.kill());
    this.#replace(otherThan(process));
  }

  /** Unless one of that name lives. */
  #replace(owner: string): void {
    const { clock, processes } = this.#simulation;
    clock.after(DOWN_MS, () => {
      if (!processes.some((process) => process.owner === owner && !process.life.isDead)) this.#simulation.boot(owner);
    });
  }

  #wake(claimant: string): void {
    for (const process of this.#stalling) {
      if (process.owner === claimant) continue;
      this.#stalling.delete(process);
      this.#simulation.clock.after(LATENCY_MS, () => process.life.resume());
    }
  }
}

const otherThan = ({ owner }: Orchestrator): string => (owner === 'a' ? 'b' : 'a');
