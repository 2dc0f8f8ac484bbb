import { hasEnded, type SagaState } from '../core/saga.js';
import type { Clock, EngineLog } from './ports.js';
import type { SagaStore } from './store.js';

type Resolve = (saga: SagaState | undefined) => void;

/** How often at most sagas that another process runs are looked at for those who wait for their end, in ms. */
const POLL_MS = 100;
/** A look that takes long is followed by a pause of so many times as long. */
const PAUSES_PER_LOOK = 10;

export interface EndWatchOptions {
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly log: EngineLog;
  readonly isHere: (sagaId: string) => boolean;
}

/** Lets callers wait for a saga's end, whichever process runs it. */
export class EndWatch {
  readonly #waiting = new Map<string, Set<Resolve>>();
  readonly #options: EndWatchOptions;
  /** Of the timer that looks, which runs only while somebody waits. */
  #stopPolling: (() => void) | undefined;
  #looking = false;
  /** Epoch ms; no look before. */
  #pausesUntil = 0;
  #stopped = false;

  constructor(options: EndWatchOptions) {
    this.#options = options;
  }

  /** The ended saga; or undefined once `waitMs` have passed, or when the process stops. */
  wait(sagaId: string, waitMs: number): Promise<SagaState | undefined> {
    if (this.#stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const waiters = this.#waiting.get(sagaId) ?? new Set();
      this.#waiting.set(sagaId, waiters);
      const done: Resolve = (saga) => {
        cancel();
        waiters.delete(done);
        if (waiters.size === 0 && this.#waiting.get(sagaId) === waiters) this.#waiting.delete(sagaId);
        if (this.#waiting.size === 0) this.#rest();
        resolve(saga);
      };
      const cancel = this.#options.clock.after(waitMs, () => done(undefined));
      waiters.add(done);
      this.#stopPolling ??= this.#options.clock.every(POLL_MS, () => void this.#poll());
    });
  }

  /** Tells those who wait for it. */
  ended(saga: SagaState): void {
    for (const resolve of [...(this.#waiting.get(saga.sagaId) ?? [])]) resolve(saga);
  }

  stop(): void {
    this.#stopped = true;
    for (const waiters of [...this.#waiting.values()]) for (const resolve of [...waiters]) resolve(undefined);
  }

  /** Looks whether these have ended, and tells those who wait. Never rejects: those who wait go on waiting. */
  async look(sagaIds: readonly string[]): Promise<void> {
    try {
      for (const { saga } of await this.#options.store.loadEnded(sagaIds)) if (hasEnded(saga)) this.ended(saga);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'could not look at sagas that run elsewhere; trying again');
    }
  }

  #rest(): void {
    this.#stopPolling?.();
    this.#stopPolling = undefined;
  }

  async #poll(): Promise<void> {
    const { clock, isHere } = this.#options;
    const began = clock.now();
    const elsewhere = [...this.#waiting.keys()].filter((sagaId) => !isHere(sagaId));
    if (this.#looking || elsewhere.length === 0 || began < this.#pausesUntil) return;
    this.#looking = true;
    await this.look(elsewhere);
    this.#looking = false;
    this.#pausesUntil = clock.now() + PAUSES_PER_LOOK * (clock.now() - began);
  }
}
