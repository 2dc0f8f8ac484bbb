import type { Findings } from '../findings.js';
import { type Books, type LedgerRow, minor, type PaymentRow } from './rows.js';

/**
 * I6: order CONFIRMED ⇒ exactly one payment SUCCESS, of its total and currency. At every moment: the payment is there
 * before the order is confirmed, and its snapshot is later than the order's.
 */
export function auditPaid({ orderId, order, payments }: Books, findings: Findings): void {
  if (order?.status !== 'CONFIRMED') return;
  findings.checked('I6');
  const [payment, ...others] = payments;
  const asOrdered = payment?.amount === order.total && payment?.currency === order.currency;
  const isIt = payment?.status === 'SUCCESS' && payment.id === order.paymentId;
  if (asOrdered && isIt && others.length === 0) return;
  const found = payments.map((each) => `payment ${each.id} is ${each.status} of ${sum(each.amount, each.currency)}`);
  const over = `order ${orderId} is CONFIRMED over ${sum(order.total, order.currency)} with payment ${order.paymentId}`;
  const text = `${over}, but ${found.join(' and ') || 'there is no payment'}`;
  findings.offence({ invariant: 'I6', text, orderId, uncertain: true });
}

/** I8: refunds ≤ captured, one capture at most; by the provider's own ledger. At every moment. */
export function auditRefunds({ orderId, ledger }: Books, findings: Findings): void {
  if (ledger.length === 0) return;
  findings.checked('I8');
  const captures = entriesOf(ledger, 'CAPTURE');
  if (captures.length > 1)
    findings.offence({
      invariant: 'I8',
      text: `order ${orderId} was charged ${captures.length} times`,
      orderId,
      what: 'captures',
    });
  const [captured, refunded] = [totalOf(captures), totalOf(entriesOf(ledger, 'REFUND'))];
  if (refunded <= captured) return;
  const text = `order ${orderId}: ${inUnits(refunded)} was given back of ${inUnits(captured)} captured`;
  findings.offence({ invariant: 'I8', text, orderId });
}

/** I7: captured ⇒ order CONFIRMED, or refunded in full. At rest. */
export function auditCaptured({ orderId, order, ledger }: Books, findings: Findings): void {
  const captured = totalOf(entriesOf(ledger, 'CAPTURE'));
  const refunded = totalOf(entriesOf(ledger, 'REFUND'));
  if (entriesOf(ledger, 'CAPTURE').length === 0) return;
  findings.checked('I7');
  if (order?.status === 'CONFIRMED' || captured === refunded) return;
  const status = order?.status ?? 'unknown to the order-service';
  const text = `order ${orderId} is ${status}, but ${inUnits(captured)} was captured and ${inUnits(refunded)} refunded`;
  findings.offence({ invariant: 'I7', text, orderId, uncertain: true });
}

/** I9: the provider's ledger and the payments table say the same of an order. At rest. */
export function auditLedger({ orderId, payments, ledger }: Books, findings: Findings): void {
  if (payments.length === 0 && ledger.length === 0) return;
  findings.checked('I9');
  const [payment] = payments;
  const problem = payment === undefined ? 'there is no such payment' : disagreement(payment, ledger);
  if (problem === undefined) return;
  const ours = payment && `payment ${payment.id} of order ${orderId} is ${payment.status} of ${sumOf(payment)}`;
  const theirs = ledger.map((entry) => `${entry.kind} ${sumOf(entry)}`).join(', ') || 'nothing';
  const text = `${ours ?? `order ${orderId}`}; the provider’s ledger has ${theirs}: ${problem}`;
  findings.offence({ invariant: 'I9', text, orderId, uncertain: true });
}

/** What the ledger may hold for a payment of each status. Nothing is open any more at rest. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  SUCCESS: ['CAPTURE'],
  REFUNDED: ['CAPTURE+REFUND'],
  FAILED: ['DECLINE', 'CLOSED'],
  // The provider may never have been asked, may have declined, or was told to take nothing any more.
  CANCELLED: ['', 'DECLINE', 'CLOSED'],
};

function disagreement(payment: PaymentRow, ledger: readonly LedgerRow[]): string | undefined {
  const kinds = ledger.map(({ kind }) => kind).join('+');
  if (!KINDS[payment.status]?.includes(kinds)) return 'that is not the same';
  if (ledger.some(({ amount, currency }) => amount !== payment.amount || currency !== payment.currency))
    return 'the amounts differ';
  const named = ledger.filter(({ kind }) => kind === 'CAPTURE' || kind === 'REFUND');
  const other = named.find(({ transactionId }) => transactionId !== payment.transactionId);
  return other && `the transaction is ${payment.transactionId} here and ${other.transactionId} there`;
}

const entriesOf = (ledger: readonly LedgerRow[], kind: string) => ledger.filter((entry) => entry.kind === kind);
const totalOf = (entries: readonly LedgerRow[]): bigint => entries.reduce((all, { amount }) => all + minor(amount), 0n);
const inUnits = (amount: bigint): string => `${amount / 100n}.${String(amount % 100n).padStart(2, '0')}`;
const sum = (amount: string | null, currency: string | null): string =>
  `${amount ?? 'nothing'} ${currency ?? ''}`.trim();
const sumOf = ({ amount, currency }: { amount: string | null; currency: string | null }) => sum(amount, currency);
