import { SagaError } from '../core/errors.js';
import { type CrashPoint, claimPoint } from './crash-points.js';
import type { Clock, EngineLog } from './ports.js';
import type { Claim, SagaRecord, SagaStore } from './store.js';

export interface SweeperOptions {
  readonly store: SagaStore;
  readonly clock: Clock;
  readonly log: EngineLog;
  readonly owner: string;
  readonly definitions: Claim['definitions'];
  readonly sweepMs: number;
  readonly graceMs: number;
  /** Whether commands can be sent: what cannot be gone on with is not taken over. */
  readonly isOpen: () => boolean;
  /** Resolves once the journal agrees to the definitions. Rejects with DEFINITION_CHANGED if it never will. */
  readonly agree: () => Promise<void>;
  /** How many more sagas the process can take over. */
  readonly room: () => number;
  /** Sagas that this process is at work on, or cannot go on with. */
  readonly held: (which: Claim['which']) => readonly string[];
  readonly take: (record: SagaRecord) => void;
  readonly crashPoint?: CrashPoint;
}

/** Most sagas of one claim. */
const CLAIM_LIMIT = 200;
/** Most claims of one sweep; the next sweep takes the next. */
const CLAIMS_PER_SWEEP = 10;
/** How long a claim keeps others away until the first transition after it sets the due time, in ms. */
const HOLD_MS = 2_000;
/** How often it is looked whether commands can be sent again, in ms. */
const KNOCK_MS = 25;

/** Looks for sagas that nobody goes on with: first for its own process's, then, on a timer, for anybody's. */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #started = Promise.withResolvers<void>();
  #stopTimer: (() => void) | undefined;
  #ownTaken = false;
  #sweeping = false;
  #failing = false;
  /** Of a sweep that was left out because nothing could be sent. */
  #knocking = false;
  #stopped = false;
  #firstSweep: Promise<void> | undefined;

  constructor(options: SweeperOptions) {
    this.#options = options;
    // Who does not wait for the start is told by the log.
    this.#started.promise.catch(() => {});
  }

  /** Resolves after the first sweep that the journal answered, or when it is stopped. @throws SagaError DEFINITION_CHANGED */
  start(): Promise<void> {
    const { clock, sweepMs } = this.#options;
    this.#stopTimer = clock.every(sweepMs, () => void this.sweep());
    this.#firstSweep = this.sweep().finally(() => {
      this.#firstSweep = undefined;
    });
    return this.#started.promise;
  }

  /** The sweep at boot while it is under way: what is journaled meanwhile bears the owner's name, but was not left behind. */
  get firstSweep(): Promise<void> | undefined {
    return this.#firstSweep;
  }

  stop(): void {
    this.#stopped = true;
    this.#stopTimer?.();
    this.#started.resolve();
  }

  hasSwept(): boolean {
    return this.#ownTaken;
  }

  /** One sweep; never rejects. */
  async sweep(): Promise<void> {
    if (this.#sweeping || this.#stopped) return;
    if (!this.#options.isOpen()) return this.#knock();
    this.#sweeping = true;
    try {
      await this.#options.agree();
      await this.#claimAll();
      this.#failing = false;
      this.#started.resolve();
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#sweeping = false;
    }
  }

  /** Makes up for a sweep as soon as something can be sent again. */
  #knock(): void {
    if (this.#knocking) return;
    this.#knocking = true;
    this.#options.clock.after(KNOCK_MS, () => {
      this.#knocking = false;
      void this.sweep();
    });
  }

  #onError(error: unknown): void {
    const { log } = this.#options;
    if (error instanceof SagaError && error.code === 'DEFINITION_CHANGED') {
      log.error({ err: error }, 'no saga is taken over or started by this process');
      this.#started.reject(error);
      this.stop();
    } else if (!this.#failing) log.warn({ err: error }, 'the sweep for overdue sagas failed; trying again');
    this.#failing = true;
  }

  async #claimAll(): Promise<void> {
    if (!this.#ownTaken) {
      await this.#claim('own', Number.MAX_SAFE_INTEGER);
      this.#ownTaken = true;
    }
    for (let times = 0; times < CLAIMS_PER_SWEEP && !this.#stopped; times++)
      if ((await this.#claim('overdue', CLAIM_LIMIT)) < CLAIM_LIMIT) return;
  }

  /** How many it got. */
  async #claim(which: Claim['which'], most: number): Promise<number> {
    const { store, owner, definitions, graceMs, room, held, take, log, crashPoint } = this.#options;
    const limit = Math.min(most, room());
    if (limit <= 0) return 0;
    const except = held(which);
    const records = await store.claim({ owner, definitions, which, graceMs, limit, holdMs: HOLD_MS, except });
    if (records.length > 0) {
      crashPoint?.(claimPoint(which));
      log.info({ count: records.length, which }, 'took over sagas');
    }
    for (const record of records) take(record);
    return records.length;
  }
}
