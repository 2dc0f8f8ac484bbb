import { defineSaga } from '@saga-checkout/saga';
import { checkoutBody, inventory, order, payment, uuid } from '@saga-checkout/shared-types';
import { z } from 'zod';

/** What a checkout is made of: the customer's cart, and the order that it becomes. */
const checkoutInput = z.strictObject({ orderId: uuid, ...checkoutBody.shape });

/** A participant may be away for a while: what was begun is taken back all the same, before a person is called. */
const patiently = { retry: { maxAttempts: 100, maxDelayMs: 30_000 } } as const;

/** Place the order, reserve stock, take the money, confirm. Whatever was done is taken back in reverse order. */
export const checkoutSaga = defineSaga('checkout', { version: 1, input: checkoutInput })
  .step('createOrder', order.create, ({ input }) => ({
    orderId: input.orderId,
    userId: input.userId,
    items: input.items,
    currency: input.currency,
  }))
  .compensate(order.cancel, ({ input, failure }) => ({ orderId: input.orderId, reason: failure.code }), patiently)

  .step('reserveInventory', inventory.reserve, ({ input }) => ({
    orderId: input.orderId,
    items: input.items,
    currency: input.currency,
  }))
  .compensate(inventory.release, ({ input }) => ({ orderId: input.orderId }), patiently)

  .step('processPayment', payment.process, ({ input, replies }) => ({
    orderId: input.orderId,
    amount: replies.createOrder.total,
    currency: input.currency,
    payment: input.payment,
  }))
  .compensate(payment.refund, ({ input, failure }) => ({ orderId: input.orderId, reason: failure.code }), patiently)

  // From here on there is no way back but a refusal: an order that may be confirmed must not lose its payment.
  .step(
    'confirmOrder',
    order.confirm,
    ({ input, replies }) => ({ orderId: input.orderId, paymentId: replies.processPayment.paymentId }),
    { pivot: true },
  )
  .build();
