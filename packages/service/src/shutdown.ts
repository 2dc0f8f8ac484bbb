import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';

/** What a {@link Shutdown} needs of a logger. */
export type ShutdownLog = Pick<Logger, 'info' | 'warn' | 'error'>;

export interface ShutdownOptions {
  readonly log: ShutdownLog;
  /** For how long the process goes on as before once it says that it is not ready, in ms. */
  readonly delayMs?: number;
  /** After how long it ends whatever is left, the delay included, in ms. */
  readonly timeoutMs?: number;
}

/** What each service reads from its environment. */
export const shutdownEnv = {
  /**
   * For how long a service that was told to stop still takes what comes, in ms: longer than the load balancer before it
   * takes to see that it is not ready. 0 where nobody asks.
   */
  SHUTDOWN_DELAY_MS: z.coerce.number().int().min(0).max(5_000).default(0),
};

/** Docker kills after 10 s. */
const TIMEOUT_MS = 9_000;

/**
 * How a process ends at the first SIGTERM or SIGINT: it is not ready from that moment on, goes on as before for the delay,
 * runs what was deferred, the last first, and exits: with 0 when all is done, with 1 when something fails or the time is up.
 * A second signal ends it at once, with 1. Make it first of all, so that a process that is told to stop while it starts ends
 * in order, too.
 */
export class Shutdown {
  readonly #log: ShutdownLog;
  readonly #delayMs: number;
  readonly #timeoutMs: number;
  readonly #steps: (() => unknown)[] = [];
  /** `performance.now()`. */
  #deadline: number | undefined;

  constructor({ log, delayMs = 0, timeoutMs = TIMEOUT_MS }: ShutdownOptions) {
    this.#log = log;
    this.#delayMs = delayMs;
    this.#timeoutMs = timeoutMs;
    const hear = (signal: NodeJS.Signals) => this.#hear(signal);
    process.on('SIGTERM', hear);
    process.on('SIGINT', hear);
  }

  /** Whether the process was told to stop. */
  get isStopping(): boolean {
    return this.#deadline !== undefined;
  }

  /** How much of the time is left, in ms; all of it before the process was told to stop. */
  get leftMs(): number {
    return this.#deadline === undefined ? this.#timeoutMs : Math.max(0, this.#deadline - performance.now());
  }

  /** Has something done at the end, before everything that was deferred until now. */
  defer(step: () => unknown): void {
    this.#steps.push(step);
  }

  #hear(signal: NodeJS.Signals): void {
    if (this.isStopping) {
      this.#log.warn(`${signal} again: exiting at once`);
      process.exit(1);
    }
    this.#deadline = performance.now() + this.#timeoutMs;
    const seconds = this.#timeoutMs / 1_000;
    this.#log.info(`${signal}: finishing what is under way, for at most ${seconds} s`);
    setTimeout(() => {
      this.#log.error(`still not finished after ${seconds} s: exiting anyway; what is left is taken up again later`);
      process.exit(1);
    }, this.#timeoutMs).unref();
    this.#stop().then(
      () => {
        this.#log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        this.#log.error({ err: error }, 'shutting down failed; exiting anyway');
        process.exit(1);
      },
    );
  }

  async #stop(): Promise<void> {
    if (this.#delayMs > 0) await pause(this.#delayMs);
    // One by one from the end, because what is still starting may defer more meanwhile.
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) await step();
  }
}
