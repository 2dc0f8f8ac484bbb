import { Inject, Injectable } from '@nestjs/common';
import { toMoneyText, totalMinor } from '@saga-checkout/shared-types';
import pg from 'pg';
import type { Order, OrderContent, OrderLine } from './order.js';

/** Which order to load, and whether its content as well: it costs a second look-up, and only `order.create` compares it. */
export interface Wanted {
  readonly id: string;
  readonly withContent: boolean;
}

/**
 * The SQL behind the commands. Every method takes many orders and is one statement, prepared once per connection.
 *
 * Each statement says `id = any(…)`, also where a join says the same: that is what keeps its plan on the primary key
 * when it was made while the table was small.
 */
@Injectable()
export class OrderRepository {
  readonly #pool: pg.Pool;

  constructor(@Inject(pg.Pool) pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The orders that exist, by id, each with the version that {@link save} checks. */
  async load(wanted: readonly Wanted[]): Promise<Map<string, Order>> {
    const { rows } = await this.#pool.query<OrderRow>({
      name: 'orders-load',
      text: LOAD,
      values: [wanted.map(({ id }) => id), wanted.map(({ withContent }) => withContent)],
    });
    return new Map(rows.map((row) => [row.id, toOrder(row)]));
  }

  /**
   * Inserts the orders that {@link load} did not find (version 0), with their lines, and updates those it found. All or
   * nothing: answers false, having written nothing, if any of them is no longer as it was read. Throws a unique
   * violation (23505) if another writer has inserted the same order meanwhile.
   */
  async save(orders: readonly Order[], now: Date): Promise<boolean> {
    const fresh = orders.filter(({ version }) => version === 0);
    const known = orders.filter(({ version }) => version > 0);
    const { rows } = await this.#pool.query<{ saved: boolean }>({
      name: 'orders-save',
      text: SAVE,
      values: [
        now,
        ...stateColumns(fresh),
        ...contentColumns(fresh),
        ...lineColumns(fresh),
        ...stateColumns(known),
        known.map(({ version }) => version),
      ],
    });
    return rows[0]?.saved === true;
  }
}

const LOAD = `
  SELECT o.id, o.version, o.status, o.payment_id, o.confirmed_at, o.cancel_reason, o.user_id, o.currency,
         CASE WHEN wanted.with_content THEN (
           SELECT json_agg(json_build_object('productId', product_id, 'quantity', quantity, 'price', price::text) ORDER BY line)
           FROM order_items WHERE order_id = o.id
         ) END AS lines
  FROM unnest($1::uuid[], $2::boolean[]) AS wanted (id, with_content)
  JOIN orders o ON o.id = wanted.id
  WHERE o.id = any($1)`;

// The rows are locked in the order of their ids, so that two writers can wait for each other but not in a circle; a
// locked row is seen as it is now, not as it was when the statement began.
const SAVE = `
  WITH known AS (
    SELECT * FROM unnest($15::uuid[], $16::text[], $17::uuid[], $18::timestamptz[], $19::text[], $20::int[])
      AS known (id, status, payment_id, confirmed_at, cancel_reason, version)
  ), held AS (
    SELECT id, version FROM orders WHERE id = any($15) ORDER BY id FOR NO KEY UPDATE
  ), checked AS (
    SELECT count(*) = cardinality($15) AS saved FROM known JOIN held USING (id, version)
  ), updated AS (
    UPDATE orders o
    SET status = known.status, payment_id = known.payment_id, confirmed_at = known.confirmed_at,
        cancel_reason = known.cancel_reason, version = o.version + 1, updated_at = $1
    FROM known, checked
    WHERE checked.saved AND o.id = known.id AND o.id = any($15)
  ), inserted AS (
    INSERT INTO orders (id, status, payment_id, confirmed_at, cancel_reason, user_id, total, currency, created_at, updated_at)
    SELECT fresh.*, $1, $1
    FROM unnest($2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::text[], $7::text[], $8::numeric[], $9::text[])
      AS fresh (id), checked
    WHERE checked.saved
    ORDER BY fresh.id
  ), lined AS (
    INSERT INTO order_items (order_id, line, product_id, quantity, price)
    SELECT line.*
    FROM unnest($10::uuid[], $11::int[], $12::uuid[], $13::int[], $14::numeric[]) AS line, checked
    WHERE checked.saved
  )
  SELECT saved FROM checked`;

interface OrderRow {
  readonly id: string;
  readonly version: number;
  readonly status: Order['status'];
  readonly payment_id: string | null;
  readonly confirmed_at: Date | null;
  readonly cancel_reason: string | null;
  readonly user_id: string | null;
  readonly currency: string | null;
  readonly lines: OrderLine[] | null;
}

/** The CHECK constraints of the table promise what the `!` rely on. */
function toOrder(row: OrderRow): Order {
  const { id, version, status } = row;
  const identity = row.lines ? { id, version, content: toContent(row, row.lines) } : { id, version };
  switch (status) {
    case 'CONFIRMED':
      return { ...identity, status, paymentId: row.payment_id!, confirmedAt: row.confirmed_at! };
    case 'CANCELLED':
      return { ...identity, status, cancelReason: row.cancel_reason! };
    default:
      return { ...identity, status };
  }
}

function toContent(row: OrderRow, lines: readonly OrderLine[]): OrderContent {
  return { userId: row.user_id!, currency: row.currency!, lines };
}

function stateColumns(orders: readonly Order[]): unknown[] {
  return [
    orders.map((order) => order.id),
    orders.map((order) => order.status),
    orders.map((order) => (order.status === 'CONFIRMED' ? order.paymentId : null)),
    orders.map((order) => (order.status === 'CONFIRMED' ? order.confirmedAt : null)),
    orders.map((order) => (order.status === 'CANCELLED' ? order.cancelReason : null)),
  ];
}

function contentColumns(orders: readonly Order[]): unknown[] {
  return [
    orders.map(({ content }) => content?.userId ?? null),
    orders.map(({ content }) => (content ? toMoneyText(totalMinor(content.lines)) : null)),
    orders.map(({ content }) => content?.currency ?? null),
  ];
}

function lineColumns(orders: readonly Order[]): unknown[] {
  const lines = orders.flatMap(({ id, content }) =>
    (content?.lines ?? []).map((line, index) => ({ ...line, orderId: id, line: index + 1 })),
  );
  return [
    lines.map((line) => line.orderId),
    lines.map((line) => line.line),
    lines.map((line) => line.productId),
    lines.map((line) => line.quantity),
    lines.map((line) => line.price),
  ];
}
