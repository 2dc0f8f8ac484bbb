import { Inject, Injectable } from '@nestjs/common';
import type { Product, ReservationRecord } from '@saga-checkout/shared-types';
import pg from 'pg';

/** What customers see of the catalog, and of what is kept for an order. */
@Injectable()
export class InventoryReader {
  readonly #pool: pg.Pool;

  constructor(@Inject(pg.Pool) pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The whole catalog, by name. */
  async products(): Promise<Product[]> {
    const { rows } = await this.#pool.query<Product>({
      name: 'products-all',
      text: `${SELECT_PRODUCT} ORDER BY name, id`,
    });
    return rows;
  }

  /** Those of the products that exist, by name. */
  async productsWithIds(ids: readonly string[]): Promise<Product[]> {
    const { rows } = await this.#pool.query<Product>({
      name: 'products-by-id',
      text: `${SELECT_PRODUCT} WHERE id = any($1::uuid[]) ORDER BY name, id`,
      values: [ids],
    });
    return rows;
  }

  /** The reservations of an order, released ones included; none for a tombstone or a refusal. */
  async reservations(orderId: string): Promise<ReservationRecord[]> {
    const { rows } = await this.#pool.query<ReservationRow>({
      name: 'reservations-of-order',
      text: `SELECT id, product_id AS "productId", quantity, status, created_at AS "createdAt"
             FROM reservations WHERE order_id = $1 ORDER BY product_id`,
      values: [orderId],
    });
    return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }));
  }
}

const SELECT_PRODUCT = 'SELECT id, name, description, price, currency, stock_quantity AS available FROM products';

type ReservationRow = Omit<ReservationRecord, 'createdAt'> & { readonly createdAt: Date };
