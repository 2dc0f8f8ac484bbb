/** Each doubling of the value is divided into so many buckets: a quantile is at most a sixteenth too high. */
const PER_DOUBLING = 16;
const FIRST_DOUBLING = 4;
/** Values of 2^31 ms, 24 days, and more share the last bucket. */
const BUCKETS = (31 - FIRST_DOUBLING + 1) * PER_DOUBLING;

/** Durations in ms, kept as counts in buckets that grow with the value: bounded memory, however many there are. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  record(ms: number): void {
    const value = Math.min(2 ** 31 - 1, Math.max(0, Math.round(ms)));
    const bucket = bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    if (ms > this.#max) this.#max = ms;
  }

  summary(): { durations?: Durations } {
    if (this.#count === 0) return {};
    return { durations: this.#durations() };
  }

  #durations(): Durations {
    return { p50Ms: this.#quantile(0.5), p95Ms: this.#quantile(0.95), p99Ms: this.#quantile(0.99), maxMs: this.#max };
  }

  #quantile(share: number): number {
    let below = Math.ceil(share * this.#count);
    for (const [bucket, count] of this.#counts.entries()) {
      below -= count;
      if (below <= 0) return Math.min(this.#max, highestOf(bucket));
    }
    return this.#max;
  }
}

/** In ms: half of them, 95 and 99 of a hundred took no longer; and the longest. */
export interface Durations {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

function bucketOf(value: number): number {
  if (value < PER_DOUBLING) return value;
  const doubling = 31 - Math.clz32(value);
  return (
    (doubling - FIRST_DOUBLING + 1) * PER_DOUBLING + ((value >>> (doubling - FIRST_DOUBLING)) & (PER_DOUBLING - 1))
  );
}

/** The highest value that falls into the bucket. */
function highestOf(bucket: number): number {
  if (bucket < PER_DOUBLING) return bucket;
  const width = 2 ** (Math.floor(bucket / PER_DOUBLING) - 1);
  return (PER_DOUBLING + (bucket % PER_DOUBLING) + 1) * width - 1;
}
