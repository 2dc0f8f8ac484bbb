import type { CheckoutResult } from '@saga-checkout/shared-types';
import { HttpProblem } from '../problem.js';
import type { ProblemCode } from '../problem-codes.js';
import type { Asked } from './ask.js';
import { comeBackIn } from './retry-after.js';

/** An answer that is not a problem. */
export interface Accepted {
  readonly status: 201 | 202;
  readonly location: string;
  readonly body: string;
}

const RETRY_AFTER_FAILURE_SECONDS = 2;

/** The customer's answer to a checkout that has ended, or goes on while they look elsewhere. */
export function outcomeOf(result: CheckoutResult): Accepted | HttpProblem {
  switch (result.status) {
    case 'CONFIRMED':
      return confirmed(result);
    case 'PENDING':
      return accepted(result);
    case 'CANCELLED':
      return refused(result);
  }
}

function confirmed({ orderId, sagaId, total, currency }: CheckoutResult): Accepted {
  const message = 'Order placed successfully';
  const body = JSON.stringify({ success: true, orderId, sagaId, status: 'CONFIRMED', total, currency, message });
  return { status: 201, location: `/api/orders/${orderId}`, body };
}

/** `202`: the checkout runs; the saga says how far it is. */
export function accepted({ orderId, sagaId }: CheckoutResult): Accepted {
  const message = 'The checkout is under way; Location tells how it goes';
  const body = JSON.stringify({ success: true, orderId, sagaId, status: 'PENDING', message });
  return { status: 202, location: `/api/orders/${orderId}/saga`, body };
}

type Details = Readonly<Record<string, unknown>>;

function orderCancelled(): string {
  return 'The order was cancelled while it was being placed. What was charged, if anything, has been given back.';
}

/** The refusals a customer can do something about; every other reason is the shop's own. */
const REFUSALS: Readonly<Record<string, readonly [code: ProblemCode, detail: (details: Details) => string]>> = {
  INSUFFICIENT_STOCK: [
    'INSUFFICIENT_STOCK',
    ({ productId, requested, available }) =>
      `${requested} of product ${productId} were asked for and ${available} are available. Nothing was charged.`,
  ],
  PRICE_CHANGED: [
    'PRICE_CHANGED',
    ({ productId, currentPrice, currentCurrency }) =>
      `Product ${productId} now costs ${currentPrice} ${currentCurrency}. Nothing was charged.`,
  ],
  UNKNOWN_PRODUCT: ['UNKNOWN_PRODUCT', ({ productId }) => `There is no product ${productId}. Nothing was charged.`],
  PAYMENT_DECLINED: [
    'PAYMENT_DECLINED',
    () => 'The payment was declined: nothing was charged and nothing is reserved. Try another way to pay.',
  ],
  // Asked for of the saga, or seen by it: whoever cancelled the order itself was faster than the confirmation.
  CANCELLED: ['ORDER_CANCELLED', orderCancelled],
  ORDER_CANCELLED: ['ORDER_CANCELLED', orderCancelled],
};

function refused(result: CheckoutResult): HttpProblem {
  const { orderId, sagaId, failure } = result;
  const refusal = Object.hasOwn(REFUSALS, failure?.code ?? '') ? REFUSALS[failure?.code ?? ''] : undefined;
  if (refusal === undefined) return failed(result);
  const details = publicDetails(failure?.details);
  return new HttpProblem(refusal[0], refusal[1](details), { members: { ...details, orderId, sagaId } });
}

const failed = ({ orderId, sagaId, failure }: CheckoutResult): HttpProblem =>
  new HttpProblem(
    'CHECKOUT_FAILED',
    'A technical fault stopped the checkout; nothing remains of it. Try again, with a new Idempotency-Key if you sent one.',
    {
      headers: { 'retry-after': String(RETRY_AFTER_FAILURE_SECONDS) },
      members: { orderId, sagaId },
      log: { failure },
    },
  );

/** The details of refusals that customers are told; whatever else a service adds stays inside. */
const PUBLIC_DETAILS = [
  'productId',
  'requested',
  'available',
  'price',
  'currentPrice',
  'currentCurrency',
  'declineCode',
];

function publicDetails(details: unknown): Details {
  if (typeof details !== 'object' || details === null) return {};
  return Object.fromEntries(Object.entries(details).filter(([name]) => PUBLIC_DETAILS.includes(name)));
}

const CODES_OF_REJECTION: Readonly<Record<string, readonly [code: ProblemCode, detail: string]>> = {
  IDEMPOTENCY_KEY_REUSED: [
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key was used for a request with another body. Use a new key for a new request.',
  ],
};

/** The problem of a checkout that no orchestrator took. */
export function notTaken(asked: Exclude<Asked, { kind: 'taken' }>): HttpProblem {
  switch (asked.kind) {
    case 'rejected': {
      const [code, detail] = CODES_OF_REJECTION[asked.code] ?? ['INVALID_BODY', 'The checkout was not accepted.'];
      return new HttpProblem(code, detail, { errors: asked.errors, log: { rejection: asked.code } });
    }
    case 'busy':
      return busy(asked);
    case 'unreachable':
      return asked.begun === 'no' ? nothingStarted(asked.reason) : maybeStarted(asked.reason);
  }
}

type Busy = Extract<Asked, { kind: 'busy' }>;

function busy({ code, retryAfterSeconds, participant }: Busy): HttpProblem {
  const seconds = comeBackIn(Math.max(1, Math.ceil(retryAfterSeconds)));
  const headers = { 'retry-after': String(seconds) };
  const who = participant === undefined ? '' : `The ${participant} service is away. `;
  return new HttpProblem(code, `${who}Nothing was started. Try again in ${seconds} s.`, {
    headers,
    isRoutine: true,
    ...(participant !== undefined && { members: { participant } }),
  });
}

const retrySoon = { 'retry-after': String(RETRY_AFTER_FAILURE_SECONDS) };

const nothingStarted = (reason: string): HttpProblem =>
  new HttpProblem('CHECKOUT_UNAVAILABLE', 'Nothing was started. Try again in a moment.', {
    headers: retrySoon,
    log: { reason },
  });

const maybeStarted = (reason: string): HttpProblem =>
  new HttpProblem(
    'CHECKOUT_OUTCOME_UNKNOWN',
    'It is not known whether the checkout began. Repeating the same request is safe: with the same Idempotency-Key, ' +
      'or without one the same cart within a minute, it is still one order.',
    { headers: retrySoon, log: { reason } },
  );
