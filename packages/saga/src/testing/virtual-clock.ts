import type { Clock } from '../runtime/ports.js';
import { type Duration, msOf } from './duration.js';

/** When a virtual clock begins, and how it lets things come to rest. */
export interface VirtualClockOptions {
  /** Epoch ms at which it begins. Default: 2030-01-01. */
  readonly startAt?: number;
  /** Lets everything that a timer set going come to rest. Default: some turns of the event loop, enough for `MemoryStore`. */
  readonly settle?: () => Promise<void>;
  /**
   * Until when (epoch ms) timers that repeat would find nothing to do. Each is passed over until then, but for the last
   * time: so a day without events costs no more than a second. Default: they always may find something.
   */
  readonly quietUntil?: () => number;
}

interface Timer {
  readonly callback: () => void;
  /** For timers that repeat, in ms. */
  readonly every?: number;
  /** Breaks ties: of two timers of the same time, the older one fires first. */
  readonly order: number;
  at: number;
}

/** A turn gathers a journal round, another one sends its commands, a third brings their answers; then as much again. */
const SETTLE_TURNS = 6;

/** Time that passes only when a test says so: timers fire in their order, without waiting. */
export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #settle: () => Promise<void>;
  readonly #quietUntil: () => number;
  #now: number;
  #order = 0;

  constructor({ startAt = Date.UTC(2030, 0, 1), settle = someTurns, quietUntil = never }: VirtualClockOptions = {}) {
    this.#now = startAt;
    this.#settle = settle;
    this.#quietUntil = quietUntil;
  }

  now(): number {
    return this.#now;
  }

  every(ms: number, callback: () => void): () => void {
    return this.#add({ at: this.#now + ms, every: ms, callback, order: this.#order++ });
  }

  after(ms: number, callback: () => void): () => void {
    return this.#add({ at: this.#now + Math.max(0, ms), callback, order: this.#order++ });
  }

  /** Lets time pass: fires what falls due, one timer after the other, and lets each one's consequences come to rest. */
  async advance(duration: Duration): Promise<void> {
    const end = this.#now + msOf(duration);
    await this.#settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) await this.#fire(timer);
    this.#now = end;
  }

  /**
   * Lets time pass, timer by timer, until the condition holds.
   *
   * @throws Error if it does not hold after `mostMs`, or if no timer is left.
   */
  async until(condition: () => boolean | Promise<boolean>, mostMs = 600_000): Promise<void> {
    const end = this.#now + mostMs;
    await this.#settle();
    while (!(await condition())) {
      const timer = this.#next(end);
      if (timer === undefined) throw new Error(`the condition did not come true within ${mostMs} ms of virtual time`);
      await this.#fire(timer);
    }
  }

  /** Lets time pass until the promise is settled, and gives its result. */
  async resolved<T>(promise: Promise<T>, mostMs?: number): Promise<T> {
    let settled = false;
    const note = () => {
      settled = true;
    };
    promise.then(note, note);
    await this.until(() => settled, mostMs);
    return promise;
  }

  async #fire(timer: Timer): Promise<void> {
    this.#now = Math.max(this.#now, timer.at);
    if (timer.every === undefined) this.#timers.delete(timer);
    else timer.at += timer.every;
    timer.callback();
    await this.#settle();
  }

  #add(timer: Timer): () => void {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #next(end: number): Timer | undefined {
    this.#passOver(end);
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (next === undefined || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer;
    }
    return next;
  }

  /** Passes over what timers that repeat would do while nothing can have happened. */
  #passOver(end: number): void {
    let until = Math.min(end, this.#quietUntil());
    if (until <= this.#now) return;
    for (const { every, at } of this.#timers) if (every === undefined) until = Math.min(until, at);
    for (const timer of this.#timers) {
      if (timer.every === undefined || timer.at >= until) continue;
      timer.at += Math.floor((until - timer.at) / timer.every) * timer.every;
    }
  }
}

const never = () => Number.NEGATIVE_INFINITY;

async function someTurns(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
