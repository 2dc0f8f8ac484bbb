import { sql } from 'drizzle-orm';
import {
  check,
  foreignKey,
  index,
  integer,
  numeric,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uuid,
} from 'drizzle-orm/pg-core';

/** Milliseconds are what JavaScript's Date can hold, so a time read from a row and sent back finds the same row. */
const moment = (name: string) => timestamp(name, { precision: 3, withTimezone: true });

/**
 * One row per order. The row is also the recorded outcome of every command about it.
 *
 * A tombstone is a CANCELLED row without content (user, total, currency, lines): `order.cancel` came first, and the
 * late `order.create` finds it and is refused.
 */
export const orders = pgTable(
  'orders',
  {
    id: uuid('id').primaryKey(),
    userId: text('user_id'),
    status: text('status').notNull(),
    total: numeric('total', { precision: 12, scale: 2 }),
    currency: text('currency'),
    paymentId: uuid('payment_id'),
    cancelReason: text('cancel_reason'),
    /** Counts the writes of this row; a write names the version it read, and loses if it has moved. */
    version: integer('version').notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
    confirmedAt: moment('confirmed_at'),
  },
  (row) => [
    // Read backwards it is newest first; orders of the same instant are sorted when they are read. With the id in it, the
    // planner would take it for the primary key as long as the table is small.
    index('orders_of_user').on(row.userId, row.createdAt),
    check('orders_status_known', sql`${row.status} in ('PENDING', 'AWAITING_PAYMENT', 'CONFIRMED', 'CANCELLED')`),
    check('orders_total_is_money', sql`${row.total} >= 0 and ${row.total} <> 'NaN'`),
    check('orders_currency_is_a_code', sql`${row.currency} ~ '^[A-Z]{3}$'`),
    check('orders_version_counts', sql`${row.version} >= 1`),
    check(
      'orders_content_is_whole',
      sql`num_nulls(${row.userId}, ${row.total}, ${row.currency}) = 0
        or (num_nulls(${row.userId}, ${row.total}, ${row.currency}) = 3 and ${row.status} = 'CANCELLED')`,
    ),
    check(
      'orders_confirmed_by_a_payment',
      sql`num_nulls(${row.paymentId}, ${row.confirmedAt}) = case when ${row.status} = 'CONFIRMED' then 0 else 2 end`,
    ),
    check('orders_cancelled_for_a_reason', sql`(${row.status} = 'CANCELLED') = (${row.cancelReason} is not null)`),
  ],
);

/** The lines of an order, as the customer sent them: the same product may stand on two lines. */
export const orderItems = pgTable(
  'order_items',
  {
    orderId: uuid('order_id').notNull(),
    line: integer('line').notNull(),
    productId: uuid('product_id').notNull(),
    quantity: integer('quantity').notNull(),
    price: numeric('price', { precision: 12, scale: 2 }).notNull(),
  },
  (row) => [
    primaryKey({ name: 'order_items_pkey', columns: [row.orderId, row.line] }),
    foreignKey({ name: 'order_items_of_order', columns: [row.orderId], foreignColumns: [orders.id] }),
    check('order_items_line_counts', sql`${row.line} >= 1`),
    check('order_items_quantity_in_range', sql`${row.quantity} between 1 and 1000`),
    check('order_items_price_is_money', sql`${row.price} >= 0 and ${row.price} <> 'NaN'`),
  ],
);
