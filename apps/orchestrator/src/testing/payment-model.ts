import { type Call, type Handlers, handler, refusal } from '@saga-checkout/saga/testing';
import { payment, toMinor } from '@saga-checkout/shared-types';

type Verdict = 'captured' | 'declined';

/** A payment provider: it answers a key as the first time, and takes nothing for a key that a refund has closed. */
class ProviderModel {
  /** What it holds, by key, in minor units. */
  readonly held = new Map<string, bigint>();
  readonly #verdicts = new Map<string, Verdict>();

  capture(key: string, amountMinor: bigint, method: string): Verdict {
    const earlier = this.#verdicts.get(key);
    if (earlier !== undefined) return earlier;
    const verdict = method === 'tok_declined' ? 'declined' : 'captured';
    this.#verdicts.set(key, verdict);
    if (verdict === 'captured') this.held.set(key, amountMinor);
    return verdict;
  }

  /** Gives back what the key holds, and closes it. */
  refund(key: string): void {
    this.#verdicts.set(key, 'declined');
    this.held.delete(key);
  }
}

type Status = 'PENDING' | 'SUCCESS' | 'FAILED' | 'REFUNDED' | 'CANCELLED';

export interface PaymentOptions {
  /** Under which key the provider is asked. Default: the order's id, the same for every sending. */
  readonly keyOf?: (orderId: string, call: Call) => string;
}

const PAID = { paymentId: '01a1fb1a-e6e0-7785-8b7c-dd3f5b4e2426', transactionId: 'sim_1' };

/**
 * The payment service in memory, with its provider. The intent is recorded before the provider is asked, and what it says
 * afterwards: the service may die between any two of these.
 */
export class PaymentModel {
  readonly provider = new ProviderModel();
  readonly #rows = new Map<string, Status>();
  readonly #keyOf: NonNullable<PaymentOptions['keyOf']>;

  constructor({ keyOf = (orderId) => orderId }: PaymentOptions = {}) {
    this.#keyOf = keyOf;
  }

  readonly handlers: Handlers = {
    ...handler(payment.process, ({ orderId, amount, payment: { method } }, call) => {
      const status = this.#rows.get(orderId);
      if (status === undefined) this.#rows.set(orderId, 'PENDING');
      else if (status !== 'PENDING') return this.#recorded(status);
      call.boundary('after the intent');
      const verdict = this.provider.capture(this.#keyOf(orderId, call), toMinor(amount), method);
      call.boundary('after the capture');
      this.#rows.set(orderId, verdict === 'captured' ? 'SUCCESS' : 'FAILED');
      return this.#recorded(verdict === 'captured' ? 'SUCCESS' : 'FAILED');
    }),
    ...handler(payment.refund, ({ orderId }, call) => {
      const status = this.#rows.get(orderId);
      if (status === undefined || status === 'PENDING') this.#rows.set(orderId, 'CANCELLED');
      if (status === undefined || status === 'FAILED' || status === 'REFUNDED') return {};
      call.boundary('after the fence');
      this.provider.refund(this.#keyOf(orderId, call));
      call.boundary('after the refund');
      if (status === 'SUCCESS') this.#rows.set(orderId, 'REFUNDED');
      return {};
    }),
  };

  #recorded(status: Status) {
    if (status === 'SUCCESS') return PAID;
    return refusal(status === 'FAILED' ? 'PAYMENT_DECLINED' : 'PAYMENT_CANCELLED');
  }
}
