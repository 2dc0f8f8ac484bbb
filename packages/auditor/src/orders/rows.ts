/** Amounts are decimal text as Postgres writes a numeric(12,2); ids are lowercase text. */

/** A line as the order-service keeps it: one per line that the customer sent. */
type OrderLine = readonly [productId: string, quantity: number, price: string];

/** An order; on a tombstone `total`, `currency` and lines are missing. */
export interface OrderRow {
  readonly key: string;
  readonly status: string;
  readonly total: string | null;
  readonly currency: string | null;
  readonly paymentId: string | null;
  /** Σ quantity × price of its lines. */
  readonly sum: string | null;
  readonly lines: readonly OrderLine[] | null;
  /** Epoch ms. */
  readonly createdAt: number;
}

/** A line as the inventory keeps it: one per product, with the catalog's price at the time of the reservation. */
export type ReservedLine = readonly [productId: string, quantity: number, price: string, status: string];

/** What the inventory has recorded for an order. */
export interface ReservedRow {
  readonly key: string;
  readonly status: string;
  readonly lines: readonly ReservedLine[] | null;
  /** Of the products reserved. */
  readonly currencies: readonly string[] | null;
  readonly createdAt: number;
}

export interface PaymentRow {
  readonly key: string;
  readonly id: string;
  readonly status: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly transactionId: string | null;
  readonly createdAt: number;
}

/** One entry of the provider's ledger; its key is what the provider was given as idempotency key. */
export interface LedgerRow {
  readonly key: string;
  readonly kind: string;
  readonly amount: string;
  readonly currency: string;
  readonly transactionId: string | null;
}

/** A checkout's saga; its key is the order's id. */
export interface SagaRow {
  readonly key: string;
  readonly sagaId: string;
  readonly status: string;
  /** What the customer sent; null once retention has emptied the row. */
  readonly items: readonly { readonly productId: string; readonly quantity: number; readonly price: string }[] | null;
  readonly currency: string | null;
  /** The saga that this one goes on from, if a person has restarted one. */
  readonly restartedFrom: string | null;
}

/** What four databases say about one order. */
export interface Books {
  readonly orderId: string;
  readonly order: OrderRow | undefined;
  readonly reserved: ReservedRow | undefined;
  readonly payments: readonly PaymentRow[];
  readonly ledger: readonly LedgerRow[];
  readonly sagas: readonly SagaRow[];
}

/** Whole minor units of a decimal text, so that sums are exact. */
export const minor = (text: string | null): bigint => BigInt((text ?? '0.00').replace('.', ''));
