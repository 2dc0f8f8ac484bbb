import { Inject, Injectable } from '@nestjs/common';
import type { PaymentRecord } from '@saga-checkout/shared-types';
import pg from 'pg';

/** What customers see of payments. A tombstone is shown too: it says that nothing was charged, and nothing will be. */
@Injectable()
export class PaymentReader {
  readonly #pool: pg.Pool;

  constructor(@Inject(pg.Pool) pool: pg.Pool) {
    this.#pool = pool;
  }

  /** The payment of an order, if there is one. */
  async find(orderId: string): Promise<PaymentRecord | undefined> {
    const { rows } = await this.#pool.query<RecordRow>({ name: 'payments-find', text: FIND, values: [orderId] });
    return rows[0] && toRecord(rows[0]);
  }
}

const FIND = `
  SELECT id, status, amount, currency, method, provider, transaction_id, decline_code, created_at
  FROM payments
  WHERE order_id = $1`;

interface RecordRow {
  readonly id: string;
  readonly status: PaymentRecord['status'];
  readonly amount: string | null;
  readonly currency: string | null;
  readonly method: string | null;
  readonly provider: string | null;
  readonly transaction_id: string | null;
  readonly decline_code: string | null;
  readonly created_at: Date;
}

/** What is absent in the row is absent in the record: JSON leaves undefined members out. */
function toRecord(row: RecordRow): PaymentRecord {
  return {
    id: row.id,
    status: row.status,
    amount: row.amount ?? undefined,
    currency: row.currency ?? undefined,
    method: row.method ?? undefined,
    provider: row.provider ?? undefined,
    transactionId: row.transaction_id ?? undefined,
    declineCode: row.decline_code ?? undefined,
    createdAt: row.created_at.toISOString(),
  };
}
