import { type Clock, type EngineLog, silentLog, systemClock } from './ports.js';
import type { SagaStore } from './store.js';

/** What a retention job prunes, and how often. */
export interface RetentionJobOptions {
  readonly store: Pick<SagaStore, 'prune'>;
  /** How long after its end a saga's journal, input and replies are kept, in ms. */
  readonly keepMs: number;
  /** How long after its end its id, keys and outcome are kept, by which a repeated request is known; in ms. */
  readonly keepKeysMs: number;
  /** How often it is looked, in ms. Default: ten minutes. */
  readonly everyMs?: number;
  /** Most sagas of one statement. Default 500. */
  readonly batch?: number;
  /** Between two statements, so that others have their turn; in ms. Default 100. */
  readonly pauseMs?: number;
  readonly clock?: Clock;
  readonly log?: EngineLog;
}

/**
 * Deletes what is no longer needed of sagas that have ended, in small batches: first what they carried, later their keys.
 * Never anything of a saga that has not ended. Several processes may run it.
 */
export class RetentionJob {
  readonly #options: RetentionJobOptions;
  readonly #clock: Clock;
  readonly #log: EngineLog;
  #stopTimer: (() => void) | undefined;
  #pruning = false;
  #stopped = false;

  constructor(options: RetentionJobOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
  }

  /** Looks now, and then every `everyMs`. */
  start(): void {
    this.#stopTimer = this.#clock.every(this.#options.everyMs ?? 600_000, () => void this.prune());
    void this.prune();
  }

  /** The statement under way is the last. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimer?.();
  }

  /** Deletes all that is to be deleted now. Never rejects: what fails is logged, and done the next time. */
  async prune(): Promise<void> {
    if (this.#pruning || this.#stopped) return;
    this.#pruning = true;
    const total = { pruned: 0, deleted: 0 };
    try {
      while (await this.#batch(total)) await this.#pause();
    } catch (error) {
      this.#log.warn({ err: error }, 'ended sagas could not be pruned; trying again later');
    }
    if (total.pruned + total.deleted > 0) this.#log.info(total, 'pruned ended sagas');
    this.#pruning = false;
  }

  /** Whether there may be more. */
  async #batch(total: { pruned: number; deleted: number }): Promise<boolean> {
    if (this.#stopped) return false;
    const { store, keepMs, keepKeysMs, batch: limit = 500 } = this.#options;
    const now = this.#clock.now();
    const endedBefore = now - keepMs;
    const keysEndedBefore = now - Math.max(keepMs, keepKeysMs);
    const { pruned, deleted } = await store.prune({ endedBefore, keysEndedBefore, limit });
    total.pruned += pruned;
    total.deleted += deleted;
    return pruned >= limit || deleted >= limit;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(this.#options.pauseMs ?? 100, resolve));
  }
}
