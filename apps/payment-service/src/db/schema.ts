import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  integer,
  numeric,
  pgTable,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/** Milliseconds are what JavaScript's Date can hold, so a time read from a row and sent back finds the same row. */
const moment = (name: string) => timestamp(name, { precision: 3, withTimezone: true });

/**
 * One row per order that was to be paid. The row is also the recorded outcome of every command about it.
 *
 * PENDING is the intent, committed before the provider is asked. A tombstone is a CANCELLED row without a charge
 * (amount, currency, method, provider): `payment.refund` came first, and the late `payment.process` is refused.
 */
export const payments = pgTable(
  'payments',
  {
    id: uuid('id').primaryKey(),
    orderId: uuid('order_id').notNull(),
    status: text('status').notNull(),
    amount: numeric('amount', { precision: 12, scale: 2 }),
    currency: text('currency'),
    method: text('method'),
    provider: text('provider'),
    /** What the provider calls the capture; there is one if and only if money was taken. */
    transactionId: text('transaction_id'),
    declineCode: text('decline_code'),
    declineMessage: text('decline_message'),
    refundReason: text('refund_reason'),
    /** Counts the writes of this row; a write names the version it read, and loses if it has moved. */
    version: integer('version').notNull().default(1),
    createdAt: moment('created_at').notNull().defaultNow(),
    updatedAt: moment('updated_at').notNull().defaultNow(),
  },
  (row) => [
    unique('payments_one_per_order').on(row.orderId),
    check(
      'payments_status_known',
      sql`${row.status} in ('PENDING', 'SUCCESS', 'FAILED', 'REQUIRES_ACTION', 'REFUNDED', 'CANCELLED')`,
    ),
    check('payments_amount_is_money', sql`${row.amount} >= 0 and ${row.amount} <> 'NaN'`),
    check('payments_currency_is_a_code', sql`${row.currency} ~ '^[A-Z]{3}$'`),
    check('payments_version_counts', sql`${row.version} >= 1`),
    check(
      'payments_charge_is_whole',
      sql`num_nulls(${row.amount}, ${row.currency}, ${row.method}, ${row.provider}) = 0
        or (num_nulls(${row.amount}, ${row.currency}, ${row.method}, ${row.provider}) = 4 and ${row.status} = 'CANCELLED')`,
    ),
    check(
      'payments_transaction_if_captured',
      sql`(${row.transactionId} is not null) = (${row.status} in ('SUCCESS', 'REFUNDED'))`,
    ),
    check(
      'payments_declined_with_a_code',
      sql`num_nulls(${row.declineCode}, ${row.declineMessage}) = case when ${row.status} = 'FAILED' then 0 else 2 end`,
    ),
    check(
      'payments_undone_for_a_reason',
      sql`(${row.refundReason} is not null) = (${row.status} in ('REFUNDED', 'CANCELLED'))`,
    ),
  ],
);

/**
 * The simulated provider's own books. No other code of this service reads or writes them, and no transaction spans both
 * tables, just as with a provider on the other side of the internet; an auditor compares the two.
 *
 * Per key there is one decision, CAPTURE, DECLINE or CLOSED (nothing was captured and nothing ever will be), and after
 * a CAPTURE at most one REFUND, of the same amount and transaction.
 */
export const providerLedger = pgTable(
  'provider_ledger',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    idempotencyKey: text('idempotency_key').notNull(),
    kind: text('kind').notNull(),
    amount: numeric('amount', { precision: 12, scale: 2 }).notNull(),
    currency: text('currency').notNull(),
    transactionId: text('transaction_id'),
    declineCode: text('decline_code'),
    createdAt: moment('created_at').notNull().defaultNow(),
  },
  (row) => [
    uniqueIndex('provider_ledger_one_decision').on(row.idempotencyKey).where(sql`kind <> 'REFUND'`),
    uniqueIndex('provider_ledger_one_refund').on(row.idempotencyKey).where(sql`kind = 'REFUND'`),
    check('provider_ledger_kind_known', sql`${row.kind} in ('CAPTURE', 'DECLINE', 'CLOSED', 'REFUND')`),
    check('provider_ledger_amount_is_money', sql`${row.amount} >= 0 and ${row.amount} <> 'NaN'`),
    check('provider_ledger_currency_is_a_code', sql`${row.currency} ~ '^[A-Z]{3}$'`),
    check(
      'provider_ledger_transaction_if_moved',
      sql`(${row.transactionId} is not null) = (${row.kind} in ('CAPTURE', 'REFUND'))`,
    ),
    check('provider_ledger_declined_with_a_code', sql`(${row.declineCode} is not null) = (${row.kind} = 'DECLINE')`),
  ],
);
