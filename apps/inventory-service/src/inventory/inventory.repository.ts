import { Inject, Injectable, Optional } from '@nestjs/common';
import { withTransaction } from '@saga-checkout/database';
import pg from 'pg';
import { LOAD, LOCK, SAVE } from './inventory.sql.js';
import type { Refusal } from './refusal.js';
import type { OrderReservation, Product, Reservation, RoundState, StockChange } from './reservation.js';

/**
 * The SQL behind the commands. Every method takes many commands' rows and is one statement, prepared once per connection.
 *
 * Each statement says `id = any(…)`, also where a join says the same: that is what keeps its plan on the primary key
 * when it was made while the table was small.
 */
@Injectable()
export class InventoryRepository {
  readonly #pool: pg.Pool;
  readonly #connection: Pick<pg.Pool | pg.PoolClient, 'query'>;

  constructor(@Inject(pg.Pool) pool: pg.Pool, @Optional() connection?: pg.PoolClient) {
    this.#pool = pool;
    this.#connection = connection ?? pool;
  }

  /** What is known of the orders, and the products named, together with those that a release would give back. */
  async load(orderIds: readonly string[], productIds: readonly string[]): Promise<RoundState> {
    const { rows } = await this.#connection.query<ProductRow | OrderRow>({
      name: 'inventory-load',
      text: LOAD,
      values: [orderIds, productIds],
    });
    const products = new Map<string, Product>();
    const orders = new Map<string, OrderReservation>();
    for (const row of rows) {
      if (row.kind === 'product') products.set(row.id, toProduct(row));
      else orders.set(row.id, toOrder(row));
    }
    return { products, orders };
  }

  /**
   * Writes what a round has decided: one versioned update per product, the orders that {@link load} did not find
   * (version 0) with their lines, and the release of those it found. All or nothing: answers false, having written
   * nothing, if a product or an order is no longer as it was read. Throws a unique violation (23505) if another writer
   * has inserted the same order meanwhile.
   */
  async save(stock: readonly StockChange[], orders: readonly OrderReservation[], now: Date): Promise<boolean> {
    const fresh = orders.filter(({ version }) => version === 0);
    const known = orders.filter(({ version }) => version > 0);
    const { rows } = await this.#connection.query<{ saved: boolean }>({
      name: 'inventory-save',
      text: SAVE,
      values: [now, ...stockColumns(stock), ...releaseColumns(known), ...orderColumns(fresh), ...lineColumns(fresh)],
    });
    return rows[0]?.saved === true;
  }

  /**
   * Does `work` in a transaction that first locks the products that {@link load} gives for the same parameters, so that
   * nobody moves them meanwhile: for a round that has lost to others too often.
   */
  exclusively<T>(
    orderIds: readonly string[],
    productIds: readonly string[],
    work: (repository: InventoryRepository) => Promise<T>,
  ): Promise<T> {
    return withTransaction(this.#pool, async (client) => {
      await client.query({ name: 'inventory-lock', text: LOCK, values: [orderIds, productIds] });
      return work(new InventoryRepository(this.#pool, client));
    });
  }
}

interface ProductRow {
  readonly kind: 'product';
  readonly id: string;
  readonly version: number;
  readonly price: string;
  readonly currency: string;
  readonly stock: number;
}

interface OrderRow {
  readonly kind: 'order';
  readonly id: string;
  readonly version: number;
  readonly status: OrderReservation['status'];
  readonly content: string | null;
  readonly refusal: Refusal | null;
  readonly lines: Reservation[] | null;
}

function toProduct({ id, price, currency, stock, version }: ProductRow): Product {
  return { id, price, currency, stock, version };
}

/** The CHECK constraints of the table promise what the `!` relies on. */
function toOrder({ id: orderId, version, status, content, refusal, lines }: OrderRow): OrderReservation {
  const identity = { orderId, version, content };
  return status === 'REFUSED'
    ? { ...identity, status, refusal: refusal! }
    : { ...identity, status, lines: lines ?? [] };
}

function stockColumns(stock: readonly StockChange[]): unknown[] {
  return [
    stock.map(({ productId }) => productId),
    stock.map(({ version }) => version),
    stock.map(({ taken }) => taken),
  ];
}

/** An order that is known changes in one way only. */
function releaseColumns(known: readonly OrderReservation[]): unknown[] {
  const other = known.find(({ status }) => status !== 'RELEASED');
  if (other) throw new Error(`order ${other.orderId} is known and cannot become ${other.status}`);
  return [known.map(({ orderId }) => orderId), known.map(({ version }) => version)];
}

function orderColumns(fresh: readonly OrderReservation[]): unknown[] {
  return [
    fresh.map(({ orderId }) => orderId),
    fresh.map(({ status }) => status),
    fresh.map(({ content }) => content),
    fresh.map((order) => (order.status === 'REFUSED' ? JSON.stringify(order.refusal) : null)),
  ];
}

function lineColumns(fresh: readonly OrderReservation[]): unknown[] {
  const lines = fresh.flatMap((order) =>
    order.status === 'REFUSED' ? [] : order.lines.map((line) => ({ ...line, order })),
  );
  return [
    lines.map(({ id }) => id),
    lines.map(({ order }) => order.orderId),
    lines.map(({ productId }) => productId),
    lines.map(({ quantity }) => quantity),
    lines.map(({ price }) => price),
    lines.map(({ order }) => order.status),
  ];
}
