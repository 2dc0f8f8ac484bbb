import { sql } from 'drizzle-orm';
import {
  check,
  foreignKey,
  integer,
  jsonb,
  numeric,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { precision: 3, withTimezone: true });

/**
 * The catalog and its stock. At every moment, for every product,
 * initial + restocked = stock + reserved + committed (Σ quantity of its COMMITTED reservations).
 */
export const products = pgTable(
  'products',
  {
    id: uuid('id').primaryKey(),
    name: text('name').notNull(),
    description: text('description').notNull(),
    price: numeric('price', { precision: 12, scale: 2 }).notNull(),
    currency: text('currency').notNull(),
    /** What can still be reserved. */
    stockQuantity: integer('stock_quantity').notNull(),
    /** What is promised to orders: Σ quantity of the RESERVED reservations. */
    reservedQuantity: integer('reserved_quantity').notNull().default(0),
    initialQuantity: integer('initial_quantity').notNull(),
    restockedQuantity: integer('restocked_quantity').notNull().default(0),
    /** Counts the writes of this row, price changes included; a write names the version it read, and loses if it has moved. */
    version: integer('version').notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (row) => [
    check('products_name_is_said', sql`${row.name} <> ''`),
    check('products_price_is_money', sql`${row.price} >= 0 and ${row.price} <> 'NaN'`),
    check('products_currency_is_a_code', sql`${row.currency} ~ '^[A-Z]{3}$'`),
    check('products_stock_not_negative', sql`${row.stockQuantity} >= 0`),
    check('products_reserved_not_negative', sql`${row.reservedQuantity} >= 0`),
    check('products_initial_not_negative', sql`${row.initialQuantity} >= 0`),
    check('products_restocked_not_negative', sql`${row.restockedQuantity} >= 0`),
    // The rest is committed: sold and gone.
    check(
      'products_books_balance',
      sql`${row.stockQuantity} + ${row.reservedQuantity} <= ${row.initialQuantity} + ${row.restockedQuantity}`,
    ),
    check('products_version_counts', sql`${row.version} >= 1`),
  ],
);

/**
 * One row per order: the recorded outcome of `inventory.reserve`, and what reserve and release of one order meet at.
 *
 * A REFUSED row keeps a repeated `inventory.reserve` from taking stock after all. A RELEASED row without content is a
 * tombstone: `inventory.release` came first, and the late `inventory.reserve` is refused.
 */
export const orderReservations = pgTable(
  'order_reservations',
  {
    orderId: uuid('order_id').primaryKey(),
    status: text('status').notNull(),
    /** What was asked for, in one canonical form, so that a repeat can be told from a conflict. */
    content: text('content'),
    /** The refusal as it was answered: code, message, details. */
    refusal: jsonb('refusal'),
    version: integer('version').notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (row) => [
    check('order_reservations_status_known', sql`${row.status} in ('RESERVED', 'REFUSED', 'RELEASED')`),
    check('order_reservations_content_unless_tombstone', sql`${row.content} is not null or ${row.status} = 'RELEASED'`),
    check('order_reservations_refused_with_a_refusal', sql`(${row.status} = 'REFUSED') = (${row.refusal} is not null)`),
    check('order_reservations_version_counts', sql`${row.version} >= 1`),
  ],
);

/** What is kept for one order of one product; the same product on several lines of the order is summed. */
export const reservations = pgTable(
  'reservations',
  {
    id: uuid('id').primaryKey(),
    orderId: uuid('order_id').notNull(),
    productId: uuid('product_id').notNull(),
    quantity: integer('quantity').notNull(),
    /** Of one unit, as the catalog said then. */
    price: numeric('price', { precision: 12, scale: 2 }).notNull(),
    status: text('status').notNull(),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (row) => [
    unique('reservations_once_per_order_and_product').on(row.orderId, row.productId),
    foreignKey({
      name: 'reservations_of_order',
      columns: [row.orderId],
      foreignColumns: [orderReservations.orderId],
    }),
    foreignKey({ name: 'reservations_of_product', columns: [row.productId], foreignColumns: [products.id] }),
    check('reservations_status_known', sql`${row.status} in ('RESERVED', 'COMMITTED', 'RELEASED')`),
    check('reservations_quantity_counts', sql`${row.quantity} >= 1`),
    check('reservations_price_is_money', sql`${row.price} >= 0 and ${row.price} <> 'NaN'`),
  ],
);
