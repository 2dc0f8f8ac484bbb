import type { ServiceProcess } from '@saga-checkout/local-stack';

/** How often it looks whether all are alive, in ms. */
const LOOK_MS = 10;

/** Starts again at once whatever has ended, and counts. */
export class Keeper {
  readonly #processes: readonly ServiceProcess[];
  readonly #timer: NodeJS.Timeout;
  readonly #died = new Map<ServiceProcess, number>();
  /** While this says so, what has ended stays down. */
  holds: () => boolean = () => false;

  constructor(processes: readonly ServiceProcess[]) {
    this.#processes = processes;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** How often a process has ended since it was asked last, and forgets it. */
  deaths(): number {
    this.#look();
    const count = [...this.#died.values()].reduce((sum, each) => sum + each, 0);
    this.#died.clear();
    return count;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.holds()) return;
    for (const each of this.#processes) {
      if (each.alive) continue;
      this.#died.set(each, (this.#died.get(each) ?? 0) + 1);
      each.spawn();
    }
  }
}
