import { setTimeout as sleep } from 'node:timers/promises';
import type { Acknowledged } from '@saga-checkout/auditor';
import type { Doors } from '../doors.js';
import { Random } from '../random.js';
import type { Catalog } from './catalog.js';
import { Customer, type Outcome, type Product } from './customer.js';
import { KINDS, type Kind } from './kinds.js';
import { Post } from './post.js';

/** Nobody else comes while there are so many: the load is bounded, whatever the shop does. */
const MOST_AT_A_TIME = 400;
/** One of so many only looks around. */
const ONE_WHO_LOOKS = 12;

const A_HUNDRED = KINDS.flatMap((kind) => Array.from({ length: kind.share }, () => kind));

export interface CrowdOptions {
  readonly doors: Doors;
  readonly seed: number;
  readonly perSecond: number;
  /** No card that stays silent from then on (ms after the beginning): its checkout takes long, whatever happens. */
  readonly silentUntilMs: number;
  readonly catalog: Catalog;
}

/** Customers who come at a steady rate, whether or not the shop keeps up. */
export class Crowd {
  readonly post: Post;
  readonly told: Acknowledged[] = [];
  /** By outcome, how many customers. */
  readonly outcomes = new Map<Outcome, number>();
  /** Who did not come in, because too many were there. */
  turnedAway = 0;
  readonly #options: CrowdOptions;
  readonly #random: Random;
  readonly #there = new Set<Promise<void>>();
  readonly #beganAt = performance.now();
  #arriving: Promise<void>;
  #isOver = false;
  #givesUpAt = Number.POSITIVE_INFINITY;
  #number = 0;

  constructor(options: CrowdOptions) {
    this.#options = options;
    this.#random = new Random(options.seed + 1_000_003);
    this.post = new Post(options.doors);
    this.#arriving = this.#arrive();
  }

  /** How many customers have come. */
  get count(): number {
    return this.#number;
  }

  /** Nobody else comes; resolves when all know how their checkouts came out, or have asked for `patienceMs`. */
  async finish(patienceMs: number): Promise<void> {
    this.#isOver = true;
    this.#givesUpAt = performance.now() + patienceMs;
    await this.#arriving;
    await Promise.all(this.#there);
  }

  async #arrive(): Promise<void> {
    const gapMs = 1_000 / this.#options.perSecond;
    for (let due = this.#beganAt; !this.#isOver; due += gapMs * (0.5 + this.#random.next())) {
      await sleep(Math.max(0, due - performance.now()));
      if (this.#there.size >= MOST_AT_A_TIME) this.turnedAway += 1;
      else this.#begin(this.#number++ % ONE_WHO_LOOKS === 0 ? this.#lookAround() : this.#buy());
    }
  }

  #begin(visit: Promise<void>): void {
    const whole = visit.finally(() => this.#there.delete(whole));
    this.#there.add(whole);
  }

  async #buy(): Promise<void> {
    const kind = this.#kind();
    const around = {
      ...{ post: this.post, gateways: this.#options.doors.names, random: this.#random, told: this.told },
      givesUpAt: () => this.#givesUpAt,
    };
    const name = `user-${this.#options.seed}-${this.#number}`;
    const outcome = await new Customer(around, kind, name, this.#product(kind)).buy();
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  async #lookAround(): Promise<void> {
    const gateway = this.#random.oneOf(this.#options.doors.names);
    const name = `user-${this.#options.seed}-${this.#random.between(1, this.#number + 1)}`;
    await this.post.ask(gateway, { question: 'list products', path: '/api/products' });
    await this.post.ask(gateway, { question: 'list orders', path: `/api/orders/user/${name}` });
  }

  #kind(): Kind {
    const kind = this.#random.oneOf(A_HUNDRED);
    const isLate = performance.now() - this.#beganAt > this.#options.silentUntilMs;
    return kind.method === 'tok_timeout' && isLate ? (KINDS[0] as Kind) : kind;
  }

  #product({ product }: Kind): Product {
    const { plenty, scarce } = this.#options.catalog;
    const one = this.#random.oneOf(plenty);
    switch (product) {
      case 'plenty':
        return one;
      case 'scarce':
        return scarce;
      case 'unknown':
        return { ...one, id: '00000000-0000-4000-8000-000000000000' };
      case 'dearer':
        return { ...one, price: '0.01' };
    }
  }
}
