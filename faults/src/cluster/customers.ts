import { setTimeout as pause } from 'node:timers/promises';
import { buy, type Cart } from '../shop/buyer.js';
import type { Shop } from '../shop/shop.js';

/** How many customers there are, and how long each thinks between two purchases, in ms. */
const CUSTOMERS = 10;
const THINKING_MS = 300;
const CARTS: readonly Cart[] = ['plain', 'declined', 'plain', 'cancelled', 'plain', 'soldOut', 'plain', 'slow'];

/** One checkout that the shop has taken; epoch ms. */
interface Purchase {
  readonly askedAt: number;
  readonly takenAt: number;
}

/** People who go on buying while things happen; each asks again, with the same key, until the shop has taken the order. */
export class Customers {
  readonly purchases: Purchase[] = [];
  readonly problems: string[] = [];
  readonly #all: Promise<void>;
  #leaving = false;

  constructor(shop: Shop) {
    this.#all = Promise.all(Array.from({ length: CUSTOMERS }, (_, first) => this.#customer(shop, first))).then(
      () => {},
    );
  }

  /** How many checkouts have been taken that were asked for after this moment. */
  takenAfter(moment: number): number {
    return this.purchases.filter(({ askedAt }) => askedAt >= moment).length;
  }

  /** No more purchases; resolves when those under way are done. */
  async leave(): Promise<void> {
    this.#leaving = true;
    await this.#all;
  }

  async #customer(shop: Shop, first: number): Promise<void> {
    for (let index = first; !this.#leaving; index++) {
      const cart = CARTS[index % CARTS.length] ?? 'plain';
      const askedAt = Date.now();
      try {
        const { takenAt } = await buy(shop, cart);
        this.purchases.push({ askedAt, takenAt });
      } catch (error) {
        this.problems.push(error instanceof Error ? error.message : String(error));
      }
      await pause(THINKING_MS * (0.5 + Math.random()));
    }
  }
}
