import { Inject, Injectable } from '@nestjs/common';
import { toMinor, toMoneyText } from '@saga-checkout/shared-types';
import pg from 'pg';
import type { Charge } from '../providers/payment-provider.js';
import type { Payment } from './payment.js';

/** The SQL behind the commands. Every method takes many payments and is one statement, prepared once per connection. */
@Injectable()
export class PaymentRepository {
  readonly #pool: pg.Pool;

  constructor(@Inject(pg.Pool) pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The payments that exist, by order, each with the version that {@link save} checks. */
  async load(orderIds: readonly string[]): Promise<Map<string, Payment>> {
    const { rows } = await this.#pool.query<PaymentRow>({ name: 'payments-load', text: LOAD, values: [orderIds] });
    return new Map(rows.map((row) => [row.order_id, toPayment(row)]));
  }

  /**
   * Inserts the payments that {@link load} did not find (version 0), and updates those it found. All or nothing:
   * answers false, having written nothing, if any of them is no longer as it was read. Throws a unique violation
   * (23505) if another writer has inserted a payment of the same order meanwhile.
   */
  async save(payments: readonly Payment[], now: Date): Promise<boolean> {
    const fresh = payments.filter(({ version }) => version === 0);
    const known = payments.filter(({ version }) => version > 0);
    const { rows } = await this.#pool.query<{ saved: boolean }>({
      name: 'payments-save',
      text: SAVE,
      values: [
        now,
        ...stateColumns(fresh),
        ...identityColumns(fresh),
        ...stateColumns(known),
        known.map(({ version }) => version),
      ],
    });
    return rows[0]?.saved === true;
  }
}

const LOAD = `
  SELECT id, order_id, version, status, amount, currency, method, provider, transaction_id, decline_code,
         decline_message, refund_reason
  FROM payments
  WHERE order_id = any($1::uuid[])`;

// The rows are locked in the order of their ids, so that two writers can wait for each other but not in a circle; a
// locked row is seen as it is now, not as it was when the statement began.
const SAVE = `
  WITH known AS (
    SELECT * FROM unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::int[])
      AS known (order_id, status, transaction_id, decline_code, decline_message, refund_reason, version)
  ), held AS (
    SELECT order_id, version FROM payments WHERE order_id = any($13) ORDER BY order_id FOR NO KEY UPDATE
  ), checked AS (
    SELECT count(*) = cardinality($13) AS saved FROM known JOIN held USING (order_id, version)
  ), updated AS (
    UPDATE payments p
    SET status = known.status, transaction_id = known.transaction_id, decline_code = known.decline_code,
        decline_message = known.decline_message, refund_reason = known.refund_reason, version = p.version + 1,
        updated_at = $1
    FROM known, checked
    WHERE checked.saved AND p.order_id = known.order_id AND p.order_id = any($13)
  ), inserted AS (
    INSERT INTO payments (order_id, status, transaction_id, decline_code, decline_message, refund_reason, id, amount,
                          currency, method, provider, created_at, updated_at)
    SELECT fresh.*, $1, $1
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::numeric[],
                $10::text[], $11::text[], $12::text[]) AS fresh (order_id), checked
    WHERE checked.saved
    ORDER BY fresh.order_id
  )
  SELECT saved FROM checked`;

interface PaymentRow {
  readonly id: string;
  readonly order_id: string;
  readonly version: number;
  readonly status: Payment['status'];
  readonly amount: string | null;
  readonly currency: string | null;
  readonly method: string | null;
  readonly provider: string | null;
  readonly transaction_id: string | null;
  readonly decline_code: string | null;
  readonly decline_message: string | null;
  readonly refund_reason: string | null;
}

/** The CHECK constraints of the table promise what the `!` rely on. */
function toPayment(row: PaymentRow): Payment {
  const { id, version, status } = row;
  const identity = { id, orderId: row.order_id, version };
  if (row.amount === null) return { ...identity, status: 'CANCELLED', reason: row.refund_reason! };
  const charge = toCharge(row, row.amount);
  switch (status) {
    case 'PENDING':
    case 'REQUIRES_ACTION':
      return { ...identity, status, charge };
    case 'SUCCESS':
      return { ...identity, status, charge, transactionId: row.transaction_id! };
    case 'FAILED':
      return { ...identity, status, charge, code: row.decline_code!, message: row.decline_message! };
    case 'REFUNDED':
      return { ...identity, status, charge, transactionId: row.transaction_id!, reason: row.refund_reason! };
    case 'CANCELLED':
      return { ...identity, status, charge, reason: row.refund_reason! };
  }
}

function toCharge(row: PaymentRow, amount: string): Charge {
  return { amountMinor: toMinor(amount), currency: row.currency!, method: row.method!, provider: row.provider! };
}

function stateColumns(payments: readonly Payment[]): unknown[] {
  return [
    payments.map((payment) => payment.orderId),
    payments.map((payment) => payment.status),
    payments.map((payment) => ('transactionId' in payment ? payment.transactionId : null)),
    payments.map((payment) => (payment.status === 'FAILED' ? payment.code : null)),
    payments.map((payment) => (payment.status === 'FAILED' ? payment.message : null)),
    payments.map((payment) => ('reason' in payment ? payment.reason : null)),
  ];
}

function identityColumns(payments: readonly Payment[]): unknown[] {
  return [
    payments.map(({ id }) => id),
    payments.map(({ charge }) => (charge ? toMoneyText(charge.amountMinor) : null)),
    payments.map(({ charge }) => charge?.currency ?? null),
    payments.map(({ charge }) => charge?.method ?? null),
    payments.map(({ charge }) => charge?.provider ?? null),
  ];
}
