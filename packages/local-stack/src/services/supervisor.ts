import { messageOf } from '../machine/stack-error.js';
import type { ServiceProcess } from './service-process.js';

const firstDelayMs = 500;
const longestDelayMs = 15_000;
/** One that ran this long before it ended again was well: the delays begin anew. */
const stableMs = 30_000;

/** Starts services again that have ended without being asked to: soon at first, then with growing delays. */
export class Supervisor {
  private active = false;
  private readonly failures = new Map<string, { count: number; startedAt: number }>();
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly say: (line: string) => void) {}

  /** Before this, a service that ends is an error at start, which whoever starts them reports. */
  begin(processes: readonly ServiceProcess[]): void {
    this.active = true;
    for (const process of processes) if (!process.alive) this.ended(process, 'just after it was ready');
  }

  end(): void {
    this.active = false;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  ended(process: ServiceProcess, how: string): void {
    if (!this.active) return;
    const before = this.failures.get(process.name);
    const count = before && performance.now() - before.startedAt < stableMs ? before.count + 1 : 1;
    const delayMs = backoff(count);
    this.say(`${process.name} ended (${how}); starting it again in ${delayMs / 1000} s`);
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.failures.set(process.name, { count, startedAt: performance.now() });
      void this.startAgain(process);
    }, delayMs);
    this.timers.add(timer);
  }

  private async startAgain(process: ServiceProcess): Promise<void> {
    const began = performance.now();
    try {
      process.restarts += 1;
      process.spawn();
      await process.ready(60_000);
      this.say(
        `${process.name} is ready again after ${((performance.now() - began) / 1000).toFixed(1)} s (pid ${process.pid})`,
      );
    } catch (error) {
      // One that ended again is tried again, by `ended`; one that runs but is not ready says why in its log.
      if (this.active && process.alive) this.say(messageOf(error));
    }
  }
}

/** The delay before the n-th start in a row. Exported for its test. */
export const backoff = (count: number): number => Math.min(firstDelayMs * 2 ** (count - 1), longestDelayMs);
