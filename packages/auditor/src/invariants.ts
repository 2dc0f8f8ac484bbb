/** The name of an invariant. */
export type InvariantName = `I${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16}`;

/** What must be true of the shop. */
export interface Invariant {
  readonly name: InvariantName;
  /** `always`: at every moment, also under load. `rest`: once the sagas it is about have ended. */
  readonly holds: 'always' | 'rest';
  readonly sentence: string;
  /** What is counted as checked. */
  readonly of: string;
}

const list: readonly (readonly [Invariant['holds'], sentence: string, of: string])[] = [
  [
    'always',
    'per product: stock ≥ 0, reserved ≥ 0, and initial + restocked = stock + reserved + committed',
    'products',
  ],
  ['always', 'a product’s reserved quantity is the sum of its RESERVED reservations', 'products'],
  ['always', 'at most one reservation per order and product; released at most once', 'orders at the inventory'],
  ['rest', 'order CONFIRMED ⇒ every line has a reservation RESERVED or COMMITTED of that quantity', 'orders CONFIRMED'],
  ['rest', 'order CANCELLED ⇒ no reservation RESERVED or COMMITTED', 'orders not CONFIRMED'],
  ['always', 'order CONFIRMED ⇒ exactly one payment SUCCESS, of the order’s total and currency', 'orders CONFIRMED'],
  ['rest', 'payment captured ⇒ order CONFIRMED, or refunded in full', 'captures'],
  ['always', 'refunds ≤ captured; at most one capture per order', 'orders at the provider'],
  ['rest', 'the provider’s own ledger equals the payments table, both ways', 'payments and ledger keys'],
  ['always', 'order total = Σ quantity × catalog price at that time', 'orders'],
  [
    'rest',
    'saga COMPLETED ⇔ order CONFIRMED; saga COMPENSATED ⇔ order CANCELLED or never created; all participants agree',
    'checkouts',
  ],
  [
    'always',
    'no saga that has not ended is without a due time, an awaited event or a parked flag; none is overdue by more than a minute while an orchestrator lives',
    'sagas',
  ],
  [
    'always',
    'saga_logs.seq is gapless from 1, transitions are legal, nothing comes after the end, state = fold(logs)',
    'log entries',
  ],
  ['always', 'compensations run in the declared order, only for steps done or unknown', 'compensations'],
  [
    'rest',
    'every acknowledged checkout has exactly one saga; one fingerprint and one saga per idempotency key',
    'sagas and acknowledged checkouts',
  ],
  ['rest', 'command queues are empty; every dead letter belongs to a known saga', 'queues and dead letters'],
];

/** All of them, in order. */
export const invariants: readonly Invariant[] = list.map(([holds, sentence, of], index) => ({
  name: `I${index + 1}` as InvariantName,
  holds,
  sentence,
  of,
}));
