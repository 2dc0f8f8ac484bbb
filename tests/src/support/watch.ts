import type { Database } from './books.js';
import { eventually } from './eventually.js';
import type { ShopClient } from './shop-client.js';

/** The steps of a checkout, in their order. */
const STEPS = ['createOrder', 'reserveInventory', 'processPayment', 'confirmOrder'] as const;
export type Step = (typeof STEPS)[number];

/** How often is looked, in ms: often, as what is waited for may be over in moments. */
const EVERY_MS = 3;

/** Tells of each of many orders when it has come so far; one query for all that are waited for. */
export class Watch {
  readonly #waiting = new Map<string, () => void>();
  #looking = false;

  /** The statement gives as `id` those of the orders in `$1` that have come so far. */
  constructor(
    private readonly shop: ShopClient,
    private readonly database: Database,
    private readonly text: string,
    private readonly values: readonly unknown[] = [],
  ) {}

  /** The order's saga has come to the step, or past it. */
  static step(shop: ShopClient, step: Step): Watch {
    const text = `select business_key as id from saga_state
      where business_key = any ($1) and (completed_at is not null or current_step = any ($2))`;
    return new Watch(shop, 'orchestrator', text, [STEPS.slice(STEPS.indexOf(step))]);
  }

  /** The order's saga has ended. */
  static end(shop: ShopClient): Watch {
    const text = 'select business_key as id from saga_state where business_key = any ($1) and completed_at is not null';
    return new Watch(shop, 'orchestrator', text);
  }

  reached(orderId: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(orderId, resolve);
      if (!this.#looking) this.#look().catch(reject);
    });
  }

  async #look(): Promise<void> {
    this.#looking = true;
    try {
      const what = `orders to be so far: ${this.text}`;
      await eventually(what, () => this.#lookOnce(), { timeoutMs: 50_000, everyMs: EVERY_MS });
    } finally {
      this.#looking = false;
    }
  }

  async #lookOnce(): Promise<boolean> {
    const values = [[...this.#waiting.keys()], ...this.values];
    for (const { id } of await this.shop.rows<{ id: string }>(this.database, this.text, values)) {
      this.#waiting.get(id)?.();
      this.#waiting.delete(id);
    }
    return this.#waiting.size === 0;
  }
}
