import type { Findings } from '../findings.js';
import type { Books, SagaRow } from './rows.js';

/** What each participant must have of an order whose saga ended so; undefined: nothing at all. */
const AGREED: Readonly<Record<string, Readonly<Record<'order' | 'reserved' | 'payment', readonly unknown[]>>>> = {
  COMPLETED: { order: ['CONFIRMED'], reserved: ['RESERVED', 'COMMITTED'], payment: ['SUCCESS'] },
  COMPENSATED: {
    order: ['CANCELLED', undefined],
    reserved: ['RELEASED', 'REFUSED', undefined],
    payment: ['REFUNDED', 'FAILED', 'CANCELLED', undefined],
  },
};

/** I11: saga COMPLETED ⇔ order CONFIRMED; COMPENSATED ⇔ CANCELLED or never created; all participants agree. At rest. */
export function auditAgreement(books: Books, saga: SagaRow, findings: Findings): void {
  findings.checked('I11');
  const agreed = AGREED[saga.status];
  if (agreed === undefined) return;
  const { orderId } = books;
  const found = {
    order: books.order?.status,
    reserved: books.reserved?.status,
    payment: books.payments[0]?.status,
  };
  const wrong = Object.entries(found).filter(([who, status]) => !agreed[who as keyof typeof found].includes(status));
  if (wrong.length === 0) return;
  const said = wrong.map(([who, status]) => `${WHO[who as keyof typeof WHO]} ${status ?? 'not there'}`);
  const text = `saga ${saga.sagaId} is ${saga.status}, but of its order ${orderId} ${said.join(', ')}`;
  findings.offence({ invariant: 'I11', text, orderId, sagaId: saga.sagaId, uncertain: true });
}

const WHO = { order: 'the order is', reserved: 'the stock is', payment: 'the payment is' } as const;

/** I11: what participants have of an order that has no saga at all. At rest. */
export function auditOrphan({ orderId, order, reserved, payments, ledger }: Books, findings: Findings): void {
  findings.checked('I11');
  const has = [
    order && `an order ${order.status}`,
    reserved && `stock ${reserved.status}`,
    payments[0] && `a payment ${payments[0].status}`,
    payments.length === 0 && ledger.length > 0 && 'entries in the provider’s ledger',
  ].filter(Boolean);
  const text = `order ${orderId} has no saga, but there is ${has.join(', ')}`;
  findings.offence({ invariant: 'I11', text, orderId, uncertain: true });
}

/** When the participants first heard of an order; epoch ms. */
export function firstHeardOf({ order, reserved, payments }: Books): number {
  const times = [order, reserved, ...payments].flatMap((row) => (row ? [row.createdAt] : []));
  return Math.min(...times, Number.POSITIVE_INFINITY);
}

/** The order's sagas without those that a person has restarted as another. */
export function currentSagas({ sagas }: Books): readonly SagaRow[] {
  const superseded = new Set(sagas.map(({ restartedFrom }) => restartedFrom));
  return sagas.filter(({ sagaId }) => !superseded.has(sagaId));
}
