import { z } from 'zod';
import { command } from './command.js';
import { currency, moneyText, paymentChoice, uuid } from './values.js';

const queue = 'payment_commands';

/** What the payment-service executes. */
export const payment = {
  /** Takes the money once per order. A decline is recorded: a repeat is declined again without asking the provider. */
  process: command({
    name: 'payment.process',
    queue,
    payload: z.strictObject({
      orderId: uuid,
      amount: moneyText,
      currency: currency.default('USD'),
      payment: paymentChoice.prefault({}),
    }),
    reply: z.object({ paymentId: uuid, transactionId: z.string() }),
    refusals: ['PAYMENT_DECLINED', 'PAYMENT_CANCELLED', 'PAYMENT_CONFLICT'],
  }),
  /** Gives back what was captured, in full; before its payment.process it leaves a tombstone. */
  refund: command({
    name: 'payment.refund',
    queue,
    payload: z.strictObject({ orderId: uuid, reason: z.string().max(500) }),
    reply: z.object({}),
    refusals: [],
  }),
} as const;
