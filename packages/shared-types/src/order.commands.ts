import { z } from 'zod';
import { command } from './command.js';
import { currency, lineItems, moneyText, userId, uuid } from './values.js';

const queue = 'order_commands';

/** What the order-service executes. */
export const order = {
  /** Places an order, PENDING. Repeated with the same content it answers the same. */
  create: command({
    name: 'order.create',
    queue,
    payload: z.strictObject({ orderId: uuid, userId, items: lineItems, currency: currency.default('USD') }),
    reply: z.object({ orderId: uuid, total: moneyText, currency }),
    refusals: ['ORDER_CONFLICT', 'ORDER_CANCELLED'],
  }),
  /** PENDING → CONFIRMED. */
  confirm: command({
    name: 'order.confirm',
    queue,
    payload: z.strictObject({ orderId: uuid, paymentId: uuid }),
    reply: z.object({ orderId: uuid, confirmedAt: z.string() }),
    refusals: ['ORDER_CANCELLED', 'ORDER_NOT_FOUND', 'ORDER_CONFLICT'],
  }),
  /** PENDING → CANCELLED; before its order.create it leaves a tombstone. A CONFIRMED order refuses it. */
  cancel: command({
    name: 'order.cancel',
    queue,
    payload: z.strictObject({ orderId: uuid, reason: z.string().max(500) }),
    reply: z.object({}),
    refusals: ['ORDER_CONFIRMED'],
  }),
} as const;
