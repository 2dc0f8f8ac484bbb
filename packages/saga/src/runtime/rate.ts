const SECONDS = 60;

/** How often something happens per second, over the last minute, or since the beginning if that is less. */
export class Rate {
  readonly #counts = new Uint32Array(SECONDS);
  readonly #since: number;
  /** The second that was counted last. */
  #latest: number;

  constructor(now: number) {
    this.#since = now;
    this.#latest = Math.floor(now / 1_000);
  }

  add(now: number): void {
    this.#moveTo(now);
    const slot = this.#latest % SECONDS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  perSecond(now: number): number {
    this.#moveTo(now);
    const seconds = Math.min(SECONDS, Math.max(1, (now - this.#since) / 1_000));
    return this.#counts.reduce((sum, count) => sum + count, 0) / seconds;
  }

  /** Seconds in which nothing happened are empty. */
  #moveTo(now: number): void {
    const second = Math.floor(now / 1_000);
    const passed = Math.min(SECONDS, second - this.#latest);
    for (let ahead = 0; ahead < passed; ahead++) this.#counts[(second - ahead) % SECONDS] = 0;
    if (passed > 0) this.#latest = second;
  }
}
