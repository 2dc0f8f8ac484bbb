import { z } from 'zod';
import { currency, lineItems, moneyText, paymentChoice, quantity, timestamp, userId, uuid } from './values.js';

/** Body of `POST /api/checkout`. */
export const checkoutBody = z.strictObject({
  userId,
  items: lineItems,
  payment: paymentChoice.prefault({}),
  currency: currency.default('USD'),
});
export type CheckoutBody = z.output<typeof checkoutBody>;

/**
 * What the gateway asks the orchestrator to run: `POST /checkouts`. The gateway chooses `orderId`, so that asking
 * again (after a lost connection) finds the same checkout.
 */
export const checkoutRequest = z.strictObject({
  orderId: uuid,
  ...checkoutBody.shape,
  /** Scoped to the user; absent when the client sent none. */
  idempotencyKey: z.string().min(1).max(255).optional(),
  /** How long to wait for the outcome before answering with what is known, in ms. */
  waitMs: z.int().min(0).max(600_000),
  traceparent: z.string().max(100).optional(),
});
export type CheckoutRequest = z.output<typeof checkoutRequest>;

/** Why a checkout did not happen; a refusal's code, or the code of a failure. */
export const checkoutFailure = z.object({
  code: z.string(),
  message: z.string(),
  step: z.string().optional(),
  details: z.unknown().optional(),
});

/** What the orchestrator answers. `PENDING` while the saga has not ended. */
export const checkoutResult = z.object({
  orderId: uuid,
  sagaId: uuid,
  status: z.enum(['PENDING', 'CONFIRMED', 'CANCELLED']),
  total: moneyText.optional(),
  currency: currency.optional(),
  failure: checkoutFailure.optional(),
  /** True when an earlier checkout answered: same key, or the same cart within the window. */
  replayed: z.boolean(),
});
export type CheckoutResult = z.output<typeof checkoutResult>;

/** `201` of `POST /api/checkout`. */
export const checkoutConfirmed = z.object({
  success: z.literal(true),
  orderId: uuid,
  sagaId: uuid,
  status: z.literal('CONFIRMED'),
  total: moneyText,
  currency,
  message: z.string(),
});

/** `202` of `POST /api/checkout`. */
export const checkoutPending = z.object({
  success: z.literal(true),
  orderId: uuid,
  sagaId: uuid,
  status: z.literal('PENDING'),
  message: z.string(),
});

/** Text that can be stored and shown: no control characters, no halves of characters. */
const reasonText = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), {
    message: 'must be text without control characters',
  });

/** Body of `POST /api/orders/{id}/cancel`; it may be left out. */
export const cancelBody = z.strictObject({ reason: reasonText.default('cancelled by the customer') });

/** `202` of `POST /api/orders/{id}/cancel`. */
export const cancelAccepted = z.object({ success: z.literal(true), orderId: uuid, message: z.string() });

/** A product as customers see it; `available` is what can still be reserved. */
export const product = z.object({
  id: uuid,
  name: z.string(),
  description: z.string(),
  price: moneyText,
  currency,
  available: z.int(),
});
export type Product = z.output<typeof product>;

/** `GET /api/products`, and the inventory-service's `GET /products`. */
export const productList = z.object({ items: z.array(product), nextCursor: z.string().optional() });

export const orderStatus = z.enum(['PENDING', 'AWAITING_PAYMENT', 'CONFIRMED', 'CANCELLED']);
export type OrderStatus = z.output<typeof orderStatus>;

/** An order as the order-service serves it: `GET /orders/{id}`. */
export const orderRecord = z.object({
  id: uuid,
  userId: z.string(),
  status: orderStatus,
  items: z.array(z.object({ productId: uuid, quantity, price: moneyText })),
  total: moneyText,
  currency,
  createdAt: timestamp,
  updatedAt: timestamp,
  cancelReason: z.string().optional(),
});
export type OrderRecord = z.output<typeof orderRecord>;

/** A page of one user's orders, newest first: `GET /orders/user/{userId}?limit=&cursor=`. */
export const orderPage = z.object({ items: z.array(orderRecord), nextCursor: z.string().optional() });

export const reservationStatus = z.enum(['RESERVED', 'COMMITTED', 'RELEASED']);
/** One line's reservation, as the inventory-service serves it: `GET /reservations/{orderId}`. */
export const reservationRecord = z.object({
  id: uuid,
  productId: uuid,
  /** Of all lines of the product together. */
  quantity: z.int().min(1),
  status: reservationStatus,
  createdAt: timestamp,
});
export type ReservationRecord = z.output<typeof reservationRecord>;

export const paymentStatus = z.enum(['PENDING', 'SUCCESS', 'FAILED', 'REQUIRES_ACTION', 'REFUNDED', 'CANCELLED']);
/** A payment, as the payment-service serves it: `GET /payments/{orderId}`. */
export const paymentRecord = z.object({
  id: uuid,
  status: paymentStatus,
  amount: moneyText.optional(),
  currency: currency.optional(),
  method: z.string().optional(),
  provider: z.string().optional(),
  transactionId: z.string().optional(),
  declineCode: z.string().optional(),
  createdAt: timestamp,
});
export type PaymentRecord = z.output<typeof paymentRecord>;

/** What stands in the place of a part that could not be read. */
export const unavailable = z.object({ unavailable: z.literal(true), reason: z.string() });

/** `GET /api/orders/{id}`: the order, composed of what three services know. */
export const orderView = z.object({
  ...orderRecord.shape,
  items: z.array(z.object({ productId: uuid, productName: z.string().optional(), quantity, price: moneyText })),
  payment: z.union([paymentRecord, unavailable]).nullable(),
  reservations: z.union([z.array(reservationRecord), unavailable]),
});
export type OrderView = z.output<typeof orderView>;

/** `GET /api/orders/{id}/saga`, and the orchestrator's `GET /checkouts/{orderId}/saga`. */
export const sagaView = z.object({
  id: uuid,
  orderId: uuid,
  status: z.string(),
  currentStep: z.string().nullable(),
  /** Share of the steps that are done, 0 to 100. */
  progress: z.int(),
  history: z.array(z.object({ step: z.string().nullable(), status: z.string(), message: z.string(), timestamp })),
});
export type SagaView = z.output<typeof sagaView>;

/** RFC 9457, with what this shop adds. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.string(),
  traceId: z.string(),
  success: z.literal(false),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
  orderId: uuid.optional(),
  sagaId: uuid.optional(),
});
export type Problem = z.output<typeof problem>;

/** `GET /health` of every service. */
export const health = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy', 'stopping']),
  service: z.string(),
  dependencies: z.record(
    z.string(),
    z.object({ status: z.enum(['up', 'down']), latencyMs: z.number(), message: z.string().optional() }),
  ),
});
export type Health = z.output<typeof health>;
