import { hasEnded, type SagaState } from '../core/saga.js';
import type { Clock, EngineLog } from './ports.js';
import type { SagaStore } from './store.js';

type Resolve = (saga: SagaState | undefined) => void;

/** How often sagas that another process runs are looked at for those who wait for their end, in ms. */
const POLL_MS = 100;

/** Lets callers wait for a saga's end, whichever process runs it. */
export class EndWatch {
  readonly #waiting = new Map<string, Set<Resolve>>();
  readonly #options: { store: SagaStore; clock: Clock; log: EngineLog; isHere: (sagaId: string) => boolean };
  readonly #stopPolling: () => void;
  #polling = false;
  #stopped = false;

  constructor(options: { store: SagaStore; clock: Clock; log: EngineLog; isHere: (sagaId: string) => boolean }) {
    this.#options = options;
    this.#stopPolling = options.clock.every(POLL_MS, () => void this.#poll());
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
        if (waiters.size === 0) this.#waiting.delete(sagaId);
        resolve(saga);
      };
      const cancel = this.#options.clock.after(waitMs, () => done(undefined));
      waiters.add(done);
    });
  }

  /** Tells those who wait for it. */
  ended(saga: SagaState): void {
    for (const resolve of [...(this.#waiting.get(saga.sagaId) ?? [])]) resolve(saga);
  }

  stop(): void {
    this.#stopped = true;
    this.#stopPolling();
    for (const waiters of [...this.#waiting.values()]) for (const resolve of [...waiters]) resolve(undefined);
  }

  /** Looks whether these have ended, and tells those who wait. Never rejects: those who wait go on waiting. */
  async look(sagaIds: readonly string[]): Promise<void> {
    try {
      for (const { saga } of await this.#options.store.load(sagaIds)) if (hasEnded(saga)) this.ended(saga);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'could not look at sagas that run elsewhere; trying again');
    }
  }

  async #poll(): Promise<void> {
    const elsewhere = [...this.#waiting.keys()].filter((sagaId) => !this.#options.isHere(sagaId));
    if (this.#polling || elsewhere.length === 0) return;
    this.#polling = true;
    await this.look(elsewhere);
    this.#polling = false;
  }
}
