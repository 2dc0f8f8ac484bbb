/** How a {@link Batcher} forms its rounds. */
export interface BatcherOptions {
  /** Most items of one round. */
  readonly maxItems?: number;
  /**
   * Rounds that may be in flight at once; what arrives meanwhile gathers for the next. Beside another one, a round starts
   * when it is at least half full: fewer items gain more by waiting for company than by going at once. Default 1.
   */
  readonly lanes?: number;
  /** Items that may wait for a round; past it, `push` rejects with {@link BatcherFullError}. */
  readonly maxWaiting?: number;
  /**
   * Whether an error may be the fault of a single item. If so, the round is halved and tried again, so that only the
   * item that fails alone is rejected; if not (the database is down), all items of the round are rejected at once.
   */
  readonly isItemError?: (error: unknown) => boolean;
}

/** Too many items are waiting: whoever pushes should slow down and try again later. */
export class BatcherFullError extends Error {
  readonly code = 'BATCHER_FULL';
  constructor(maxWaiting: number) {
    super(`${maxWaiting} items are waiting already; try again when some are done`);
    this.name = 'BatcherFullError';
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: while one round is in flight, the next gathers. No timer is involved: an idle batcher starts a round at
 * the end of the current turn of the event loop, so a lone item costs what it costs alone.
 *
 * `flush` gets the items in order of arrival and answers with one result per item, in the same order.
 */
export class Batcher<Item, Result> {
  readonly #flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly #options: Required<BatcherOptions>;
  #waiting: Waiting<Item, Result>[] = [];
  #inFlight = 0;
  #scheduled = false;
  #whenIdle: (() => void)[] = [];

  constructor(flush: (items: readonly Item[]) => Promise<readonly Result[]>, options: BatcherOptions = {}) {
    this.#flush = flush;
    this.#options = { maxItems: 500, lanes: 1, maxWaiting: 100_000, isItemError: () => true, ...options };
  }

  /** Resolves with the item's result once its round is done; rejects with the error of its own round or half-round. */
  push(item: Item): Promise<Result> {
    const { maxWaiting } = this.#options;
    if (this.#waiting.length >= maxWaiting) return Promise.reject(new BatcherFullError(maxWaiting));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing is waiting or in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled || !this.#mayStart()) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      void this.#round();
    });
  }

  #mayStart(): boolean {
    const { lanes, maxItems } = this.#options;
    const waiting = this.#waiting.length;
    return this.#inFlight === 0 ? waiting > 0 : this.#inFlight < lanes && waiting >= maxItems / 2;
  }

  async #round(): Promise<void> {
    if (!this.#mayStart()) return;
    const round = this.#waiting.splice(0, this.#options.maxItems);
    this.#inFlight++;
    this.#schedule();
    await this.#run(round);
    this.#inFlight--;
    this.#schedule();
    if (this.#inFlight === 0 && this.#waiting.length === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
  }

  /** Never rejects: each waiter learns its own fate. */
  async #run(round: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#flush(round.map((waiting) => waiting.item));
      if (results.length !== round.length)
        throw new Error(`a round of ${round.length} items gave ${results.length} results`);
      round.forEach((waiting, index) => {
        waiting.resolve(results[index] as Result);
      });
    } catch (error) {
      if (round.length === 1 || !this.#options.isItemError(error)) for (const waiting of round) waiting.reject(error);
      else {
        const middle = Math.ceil(round.length / 2);
        await this.#run(round.slice(0, middle));
        await this.#run(round.slice(middle));
      }
    }
  }
}
