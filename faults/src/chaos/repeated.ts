import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from '@saga-checkout/local-stack';

/** How often participants are asked, in ms. What one that is killed has counted since then is lost. */
const EVERY_MS = 500;

/**
 * How many commands came again to participants and were answered from the record, as their own counters say. Counters begin
 * anew with each process, and what was counted just before one was killed is lost: there were at least so many.
 */
export class RepeatedCommands {
  /** By process id, what it said last. */
  readonly #counted = new Map<number, number>();
  readonly #over = new AbortController();
  readonly #asking: Promise<void>;

  constructor(private readonly participants: readonly ServiceProcess[]) {
    this.#asking = this.#keepAsking();
  }

  /** Asks for the last time, and gives the sum. */
  async sum(): Promise<number> {
    this.#over.abort();
    await this.#asking;
    await this.#askAll();
    return [...this.#counted.values()].reduce((sum, each) => sum + each, 0);
  }

  async #keepAsking(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#askAll();
      await sleep(EVERY_MS, undefined, { signal }).catch(() => {}); // it is over
    }
  }

  async #askAll(): Promise<void> {
    await Promise.all(this.participants.map((each) => this.#ask(each)));
  }

  async #ask({ pid, url }: ServiceProcess): Promise<void> {
    if (pid === undefined) return;
    try {
      const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(EVERY_MS) });
      this.#counted.set(pid, repeatedIn(await answer.text()));
    } catch {
      // It is away; the next time, or the next process, tells.
    }
  }
}

/** The sum over all commands in a page of metrics. */
function repeatedIn(metrics: string): number {
  const lines = metrics.matchAll(/^commands_repeated_total{[^}]*} (\d+)$/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
