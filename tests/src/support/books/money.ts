import type { Problem } from './problem.js';
import type { OrderRow, Tables } from './tables.js';

/** Cents of a numeric(12,2) as Postgres writes it. */
const cents = (text: string | null): bigint => BigInt((text ?? '0.00').replace('.', ''));

/** I6, I8, I10: hold at every moment. */
export function moneyProblems(tables: Tables): Problem[] {
  return [...paidOnce(tables), ...neverTooMuchBack(tables), ...totals(tables)];
}

/** I6: order CONFIRMED ⇒ its payment is SUCCESS, of the order's total and currency. (One row per order: a unique key.) */
function* paidOnce({ orders, payments }: Tables): Iterable<Problem> {
  for (const order of orders.values()) {
    if (order.status !== 'CONFIRMED') continue;
    const payment = payments.get(order.id);
    const asOrdered = payment && payment.amount === order.total && payment.currency === order.currency;
    if (asOrdered && payment.status === 'SUCCESS' && payment.id === order.paymentId) continue;
    const found = payment
      ? `payment ${payment.id} is ${payment.status} of ${payment.amount} ${payment.currency}`
      : 'there is no payment';
    const text = `order ${order.id} is CONFIRMED over ${order.total} ${order.currency} with payment ${order.paymentId}, but ${found}`;
    yield { invariant: 'I6', text };
  }
}

/** I8: refunds ≤ captured, at most one capture per order. */
function* neverTooMuchBack({ ledger }: Tables): Iterable<Problem> {
  for (const { key, captures, captured, refunded } of ledger.values()) {
    if (captures > 1) yield { invariant: 'I8', text: `order ${key} was charged ${captures} times` };
    if (cents(refunded) > cents(captured))
      yield { invariant: 'I8', text: `order ${key}: ${refunded} was given back of ${captured ?? 'nothing'}` };
  }
}

/** I10: total = Σ quantity × price, and the price is the catalog's, as the inventory noted it with the reservation. */
function* totals({ orders, reserved }: Tables): Iterable<Problem> {
  for (const order of orders.values()) {
    if (order.total === null) continue;
    const sum = Object.values(order.lines).reduce((all, line) => all + BigInt(line.quantity) * cents(line.price), 0n);
    if (sum !== cents(order.total))
      yield { invariant: 'I10', text: `order ${order.id}: its total is ${order.total}, its lines cost ${sum} cents` };
    yield* catalogPrices(order, reserved);
  }
}

function* catalogPrices(order: OrderRow, reserved: Tables['reserved']): Iterable<Problem> {
  const reservations = reserved.get(order.id)?.lines ?? {};
  for (const [productId, { price }] of Object.entries(order.lines)) {
    const catalog = reservations[productId]?.price;
    if (catalog === undefined || catalog === price) continue;
    const text = `order ${order.id}: product ${productId} was ordered at ${price}, the catalog said ${catalog}`;
    yield { invariant: 'I10', text };
  }
}

/** I7, I9: hold once all sagas have ended. */
export function settledMoneyProblems(tables: Tables): Problem[] {
  return [...capturedForSomething(tables), ...booksAgree(tables)];
}

/** I7: captured ⇒ order CONFIRMED, or given back in full. */
function* capturedForSomething({ ledger, orders }: Tables): Iterable<Problem> {
  for (const { key, captured, refunded } of ledger.values()) {
    if (captured === null || captured === refunded) continue;
    const status = orders.get(key)?.status ?? 'unknown';
    if (status === 'CONFIRMED') continue;
    const text = `order ${key} is ${status}, but ${captured} was taken and ${refunded ?? 'nothing'} given back`;
    yield { invariant: 'I7', text };
  }
}

/** I9: the provider's ledger equals the payments table, both ways. */
function* booksAgree({ ledger, payments }: Tables): Iterable<Problem> {
  for (const payment of payments.values()) {
    const entry = ledger.get(payment.orderId);
    const ours = takenByUs(payment.status);
    const theirs = entry?.captured == null ? 'nothing' : entry.refunded == null ? 'taken' : 'given back';
    const sameSum = ours === 'nothing' || (entry?.captured === payment.amount && entry.currency === payment.currency);
    const sameName = ours === 'nothing' || entry?.transactionId === payment.transactionId;
    // A payment cancelled before its outcome was heard may have been taken and given back: what counts is the balance.
    const sameState = ours === theirs || (payment.status === 'CANCELLED' && theirs === 'given back');
    if (sameState && sameSum && sameName) continue;
    const text = `payment ${payment.id} of order ${payment.orderId} is ${payment.status} of ${payment.amount}, but the provider says ${theirs} (${entry?.captured ?? '-'})`;
    yield { invariant: 'I9', text };
  }
  for (const { key, captured } of ledger.values()) {
    if (captured !== null && !payments.has(key))
      yield { invariant: 'I9', text: `the provider took ${captured} for order ${key}, which has no payment` };
  }
}

function takenByUs(status: string): 'nothing' | 'taken' | 'given back' | 'open' {
  if (status === 'SUCCESS') return 'taken';
  if (status === 'REFUNDED') return 'given back';
  return status === 'FAILED' || status === 'CANCELLED' ? 'nothing' : 'open';
}
