import type { Clock, EngineLog } from './ports.js';
import type { RunningSaga } from './running-saga.js';
import type { SagaStore } from './store.js';

/** How often it is said at most, in ms. */
const QUIET_MS = 10_000;

/**
 * Finds out that another live process has this process's name. Each takes the other's sagas then for its own that were left
 * behind, and sends their commands again, on and on: harmless to the participants, but nothing comes to its end quickly.
 */
export class NamesakeWatch {
  readonly #options: { store: SagaStore; clock: Clock; log: EngineLog; owner: string };
  #quietUntil = 0;

  constructor(options: { store: SagaStore; clock: Clock; log: EngineLog; owner: string }) {
    this.#options = options;
  }

  /** Looks who has written a row that this process lost although it bears its name. Never rejects. */
  async look({ saga, failedWrites, claimedHere }: RunningSaga): Promise<void> {
    const { store, clock, log, owner } = this.#options;
    // A write that was reported as failed may have been this process's own.
    if (failedWrites > 0 || claimedHere || clock.now() < this.#quietUntil) return;
    this.#quietUntil = clock.now() + QUIET_MS;
    const logs = await store.logs(saga.sagaId).catch(() => []);
    const taken = logs.some((entry) => {
      return entry.seq > saga.logSeq && entry.event === 'SAGA_CLAIMED' && entry.data.owner === owner;
    });
    if (!taken) {
      this.#quietUntil = 0;
      return;
    }
    const what = `another process bears this one's name, ${owner}: they take each other's sagas over, on and on`;
    log.error({ sagaId: saga.sagaId, owner }, `${what}; end one of them, or give it another name`);
  }
}
