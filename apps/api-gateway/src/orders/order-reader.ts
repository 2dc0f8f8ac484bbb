import {
  type OrderRecord,
  type OrderView,
  orderPage,
  orderRecord,
  paymentRecord,
  product,
  reservationRecord,
} from '@saga-checkout/shared-types';
import { z } from 'zod';
import type { Log } from '../answers.js';
import { UpstreamError } from '../upstream/exchange.js';
import { readJson } from '../upstream/read.js';
import type { Upstreams } from '../upstream/upstreams.js';

const reservationList = z.object({ items: z.array(reservationRecord) });
const productNames = z.object({ items: z.array(product.pick({ id: true, name: true })) });

/** An order as it stands in a list: without payment and reservations, which only the order itself shows. */
export type ListedOrder = Omit<OrderView, 'payment' | 'reservations'>;

export interface OrderListing {
  readonly items: readonly ListedOrder[];
  readonly nextCursor?: string | undefined;
}

/** As many products as the inventory-service names at once. */
const NAMES_PER_READ = 50;
/** A page of orders has rarely more than this many products; the names of the others are left out. */
const MAX_NAMES = 500;

/** Puts an order together from what three services know. */
export class OrderReader {
  constructor(
    private readonly upstreams: Upstreams,
    private readonly timeoutMs: number,
    private readonly log: Log,
  ) {}

  /**
   * The order, or undefined when the order-service does not know it. Rejects with an UpstreamError when the order itself
   * cannot be read; a part that cannot be read is marked as unavailable.
   */
  async order(id: string): Promise<OrderView | undefined> {
    const [order, payment, reservations] = await Promise.all([
      readJson(this.upstreams['order-service'], `/orders/${id}`, orderRecord, this.timeoutMs),
      this.part('payment', () => this.payment(id)),
      this.part('reservations', () => this.reservations(id)),
    ]);
    if (order === undefined) return undefined;
    const [named] = await this.withNames([order]);
    return { ...(named as ListedOrder), payment, reservations };
  }

  /** One page of a user's orders, newest first. Rejects with an UpstreamError, of status 400 when the cursor is none. */
  async ordersOf(userId: string, limit: number, cursor: string | undefined): Promise<OrderListing> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    const path = `/orders/user/${userId}?${query}`;
    const page = await readJson(this.upstreams['order-service'], path, orderPage, this.timeoutMs);
    return { items: await this.withNames(page?.items ?? []), nextCursor: page?.nextCursor };
  }

  private async payment(orderId: string): Promise<OrderView['payment']> {
    const found = await readJson(
      this.upstreams['payment-service'],
      `/payments/${orderId}`,
      paymentRecord,
      this.timeoutMs,
    );
    return found ?? null;
  }

  private async reservations(orderId: string): Promise<OrderView['reservations']> {
    const path = `/reservations/${orderId}`;
    const found = await readJson(this.upstreams['inventory-service'], path, reservationList, this.timeoutMs);
    return found?.items ?? [];
  }

  /** A part of an order, or the note that it cannot be read now. */
  private async part<T>(name: string, read: () => Promise<T>): Promise<T | { unavailable: true; reason: string }> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      this.log.warn({ part: name, reason: error.message }, 'a part of an order cannot be read');
      return { unavailable: true, reason: `the ${name} cannot be read right now` };
    }
  }

  private async withNames(orders: readonly OrderRecord[]): Promise<ListedOrder[]> {
    const names = await this.productNames(orders);
    return orders.map((order) => ({
      ...order,
      items: order.items.map((item) => ({ ...item, productName: names.get(item.productId) })),
    }));
  }

  private async productNames(orders: readonly OrderRecord[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(orders.flatMap((order) => order.items.map((item) => item.productId)))].slice(0, MAX_NAMES);
    const chunks = Array.from({ length: Math.ceil(ids.length / NAMES_PER_READ) }, (_, chunk) =>
      ids.slice(chunk * NAMES_PER_READ, (chunk + 1) * NAMES_PER_READ),
    );
    const found = await Promise.all(chunks.map((chunk) => this.part('product names', () => this.namesOf(chunk))));
    return new Map(found.flatMap((names) => ('unavailable' in names ? [] : names)));
  }

  private async namesOf(ids: readonly string[]): Promise<(readonly [string, string])[]> {
    const path = `/products?ids=${ids.join(',')}`;
    const found = await readJson(this.upstreams['inventory-service'], path, productNames, this.timeoutMs);
    return (found?.items ?? []).map(({ id, name }) => [id, name] as const);
  }
}
