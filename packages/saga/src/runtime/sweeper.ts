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
  /** How many more sagas the process can take on. */
  readonly room: () => number;
  /** Sagas that this process is at work on, or cannot go on with. */
  readonly held: (which: Claim['which']) => readonly string[];
  readonly take: (record: SagaRecord) => void;
}

/** Most sagas of one sweep for overdue ones; the next sweep takes the next. */
const SWEEP_LIMIT = 200;
/** How long a claim keeps others away until the first transition after it sets the due time, in ms. */
const HOLD_MS = 2_000;

/** Looks for sagas that nobody goes on with: first for its own process's, then, on a timer, for anybody's. */
export class Sweeper {
  readonly #options: SweeperOptions;
  #stopTimer: (() => void) | undefined;
  #ownTaken = false;
  #sweeping = false;
  #failing = false;
  #missed = false;
  #firstSweep: Promise<void> | undefined;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#stopTimer = this.#options.clock.every(this.#options.sweepMs, () => void this.sweep());
    this.#firstSweep = this.sweep().finally(() => {
      this.#firstSweep = undefined;
    });
  }

  /** The sweep at boot while it is under way: what is journaled meanwhile bears the owner's name, but was not left behind. */
  get firstSweep(): Promise<void> | undefined {
    return this.#firstSweep;
  }

  stop(): void {
    this.#stopTimer?.();
  }

  hasSwept(): boolean {
    return this.#ownTaken;
  }

  /** Makes up at once for a sweep that was left out because nothing could be sent. */
  catchUp(): void {
    if (this.#missed) void this.sweep();
  }

  /** One sweep; never rejects. */
  async sweep(): Promise<void> {
    this.#missed = !this.#options.isOpen();
    if (this.#sweeping || this.#missed) return;
    this.#sweeping = true;
    try {
      if (!this.#ownTaken) {
        await this.#claim('own', Number.MAX_SAFE_INTEGER);
        this.#ownTaken = true;
      }
      await this.#claim('overdue', SWEEP_LIMIT);
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#options.log.warn({ err: error }, 'the sweep for overdue sagas failed; trying again');
      this.#failing = true;
    } finally {
      this.#sweeping = false;
    }
  }

  async #claim(which: Claim['which'], most: number): Promise<void> {
    const { store, owner, definitions, graceMs, room, held, take, log } = this.#options;
    const limit = Math.min(most, room());
    if (limit <= 0) return;
    const records = await store.claim({
      owner,
      definitions,
      which,
      graceMs,
      limit,
      holdMs: HOLD_MS,
      except: held(which),
    });
    if (records.length > 0) log.info({ count: records.length, which }, 'took over sagas');
    for (const record of records) take(record);
  }
}
