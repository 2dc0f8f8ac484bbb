import { Inject, Injectable } from '@nestjs/common';
import type { OrderRecord, orderPage } from '@saga-checkout/shared-types';
import pg from 'pg';
import type { z } from 'zod';
import { type Cursor, writeCursor } from './cursor.js';

export type OrderPage = z.output<typeof orderPage>;

/** What customers see of orders. Tombstones are not orders, so they are not seen. */
@Injectable()
export class OrderReader {
  readonly #pool: pg.Pool;

  constructor(@Inject(pg.Pool) pool: pg.Pool) {
    this.#pool = pool;
  }

  /** One order with its lines, if there is one. */
  async find(id: string): Promise<OrderRecord | undefined> {
    const { rows } = await this.#pool.query<RecordRow>({ name: 'orders-find', text: FIND, values: [id] });
    return rows[0] && toRecord(rows[0]);
  }

  /** At most `limit` of a user's orders, newest first, from behind the cursor on. */
  async page(userId: string, limit: number, after?: Cursor): Promise<OrderPage> {
    const { rows } = await this.#pool.query<RecordRow>({
      name: after ? 'orders-page-after' : 'orders-page',
      text: after ? PAGE_AFTER : PAGE,
      // One more than asked for tells whether another page follows.
      values: after ? [userId, limit + 1, after.createdAt, after.id] : [userId, limit + 1],
    });
    const items = rows.slice(0, limit);
    const last = rows.length > limit ? items.at(-1) : undefined;
    const page = { items: items.map(toRecord) };
    return last ? { ...page, nextCursor: writeCursor({ createdAt: last.created_at, id: last.id }) } : page;
  }
}

const SELECT = `
  SELECT id, user_id, status, total, currency, cancel_reason, created_at, updated_at, (
    SELECT json_agg(json_build_object('productId', product_id, 'quantity', quantity, 'price', price::text) ORDER BY line)
    FROM order_items WHERE order_id = orders.id
  ) AS items
  FROM orders`;

const FIND = `${SELECT} WHERE id = $1 AND user_id IS NOT NULL`;
const NEWEST_FIRST = 'ORDER BY created_at DESC, id DESC LIMIT $2';
const PAGE = `${SELECT} WHERE user_id = $1 ${NEWEST_FIRST}`;
const PAGE_AFTER = `${SELECT} WHERE user_id = $1 AND (created_at, id) < ($3, $4) ${NEWEST_FIRST}`;

interface RecordRow {
  readonly id: string;
  readonly user_id: string;
  readonly status: OrderRecord['status'];
  readonly total: string;
  readonly currency: string;
  readonly cancel_reason: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly items: OrderRecord['items'];
}

function toRecord(row: RecordRow): OrderRecord {
  const { id, status, items, total, currency, cancel_reason: cancelReason } = row;
  const createdAt = row.created_at.toISOString();
  const updatedAt = row.updated_at.toISOString();
  const record = { id, userId: row.user_id, status, items, total, currency, createdAt, updatedAt };
  return cancelReason === null ? record : { ...record, cancelReason };
}
