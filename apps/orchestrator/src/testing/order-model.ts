import { type Handlers, handler, refusal } from '@saga-checkout/saga/testing';
import { order, toMoneyText, totalMinor } from '@saga-checkout/shared-types';

type Row = { readonly content?: string } & (
  | { readonly status: 'PENDING' | 'CANCELLED' }
  | { readonly status: 'CONFIRMED'; readonly paymentId: string }
);

/** The order service in memory: the same answers to the same commands in any order, the row being the recorded outcome. */
export class OrderModel {
  readonly #rows = new Map<string, Row>();

  statusOf(orderId: string): Row['status'] | undefined {
    return this.#rows.get(orderId)?.status;
  }

  readonly handlers: Handlers = {
    ...handler(order.create, ({ orderId, userId, items, currency }) => {
      const row = this.#rows.get(orderId);
      const content = JSON.stringify([userId, items, currency]);
      if (row?.status === 'CANCELLED') return refusal('ORDER_CANCELLED');
      if (row !== undefined && row.content !== content) return refusal('ORDER_CONFLICT');
      if (row === undefined) this.#rows.set(orderId, { status: 'PENDING', content });
      return { orderId, total: toMoneyText(totalMinor(items)), currency };
    }),
    ...handler(order.confirm, ({ orderId, paymentId }) => {
      const row = this.#rows.get(orderId);
      if (row === undefined) return refusal('ORDER_NOT_FOUND');
      if (row.status === 'CANCELLED') return refusal('ORDER_CANCELLED');
      if (row.status === 'CONFIRMED' && row.paymentId !== paymentId) return refusal('ORDER_CONFLICT');
      this.#rows.set(orderId, { ...row, status: 'CONFIRMED', paymentId });
      return { orderId, confirmedAt: '2030-01-01T00:00:00.000Z' };
    }),
    ...handler(order.cancel, ({ orderId }) => {
      const row = this.#rows.get(orderId);
      if (row?.status === 'CONFIRMED') return refusal('ORDER_CONFIRMED');
      this.#rows.set(orderId, { ...row, status: 'CANCELLED' });
      return {};
    }),
  };
}
