import {
  failureOf,
  type IdempotencyRecord,
  type SagaRecord,
  type SagaRuntime,
  type SagaState,
  type StartResult,
} from '@saga-checkout/saga';
import type { CheckoutRequest, CheckoutResult } from '@saga-checkout/shared-types';
import { v7 as uuidv7 } from 'uuid';
import { checkoutSaga } from './checkout.saga.js';
import { fingerprintOf } from './fingerprint.js';

/** The client used an idempotency key again, for another request. */
export class IdempotencyKeyReusedError extends Error {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  constructor() {
    super('this Idempotency-Key was used before with another body; use a new key for a new checkout');
    this.name = 'IdempotencyKeyReusedError';
  }
}

export interface CheckoutServiceOptions {
  readonly runtime: SagaRuntime;
  /** How long the same cart of the same user counts as the same checkout, in ms. */
  readonly dedupeWindowMs: number;
  readonly now?: () => number;
}

/** How often an expired key is freed and tried again before somebody else's checkout is joined after all. */
const KEY_ATTEMPTS = 5;

/** Starts checkouts, once each, and tells how they ended. */
export class CheckoutService {
  readonly #runtime: SagaRuntime;
  readonly #dedupeWindowMs: number;
  readonly #now: () => number;

  constructor({ runtime, dedupeWindowMs, now = Date.now }: CheckoutServiceOptions) {
    this.#runtime = runtime;
    this.#dedupeWindowMs = dedupeWindowMs;
    this.#now = now;
  }

  /**
   * Runs a checkout, or joins the one that this request repeats, and waits for the outcome for at most `waitMs`.
   *
   * @throws IdempotencyKeyReusedError; SagaError as `SagaRuntime.run`.
   */
  async checkout(request: CheckoutRequest): Promise<CheckoutResult> {
    const { created, record } = await this.#start(request);
    const { sagaId, businessKey } = record.saga;
    const ended = await this.#runtime.ended(sagaId, request.waitMs);
    // A gateway that asks again after a lost connection brings the same order id: to its customer it is one request.
    return resultOf(ended ?? record.saga, !created && businessKey !== request.orderId);
  }

  async #start(request: CheckoutRequest): Promise<StartResult> {
    const { orderId, userId, items, payment, currency, traceparent } = request;
    const input = { orderId, userId, items, payment, currency };
    const idempotency = this.#idempotencyOf(request);
    const start = { sagaId: uuidv7(), businessKey: orderId, input, ...(traceparent !== undefined && { traceparent }) };
    for (let attempt = 1; ; attempt++) {
      const result = await this.#runtime.run(
        checkoutSaga,
        idempotency === undefined ? start : { ...start, idempotency },
      );
      if (result.created || result.record.saga.businessKey === orderId) return result;
      if (request.idempotencyKey !== undefined) return sameRequest(result, idempotency);
      if (attempt === KEY_ATTEMPTS || this.#stillCounts(result.record)) return result;
      await this.#runtime.forgetIdempotencyKey(result.record.saga.sagaId);
    }
  }

  #idempotencyOf(request: CheckoutRequest): IdempotencyRecord | undefined {
    const fingerprint = fingerprintOf(request);
    if (request.idempotencyKey !== undefined) {
      return { scope: request.userId, key: `key:${request.idempotencyKey}`, fingerprint };
    }
    if (this.#dedupeWindowMs === 0) return undefined;
    return { scope: request.userId, key: `cart:${fingerprint}`, fingerprint };
  }

  /** Whether the earlier checkout of the same cart is recent, and did not fail. */
  #stillCounts({ saga }: SagaRecord): boolean {
    const failed = saga.status === 'COMPENSATED' || saga.status === 'COMPENSATION_FAILED';
    return !failed && this.#now() - saga.createdAt < this.#dedupeWindowMs;
  }
}

function sameRequest(result: StartResult, idempotency: IdempotencyRecord | undefined): StartResult {
  if (result.record.idempotency?.fingerprint !== idempotency?.fingerprint) throw new IdempotencyKeyReusedError();
  return result;
}

/** What a customer is told of a checkout's saga. */
function resultOf(saga: SagaState, replayed: boolean): CheckoutResult {
  const { sagaId, businessKey: orderId } = saga;
  const failure = failureOf(saga);
  if (saga.status === 'COMPENSATED') return { orderId, sagaId, status: 'CANCELLED', failure, replayed };
  const created = saga.steps.createOrder;
  const reply = created?.status === 'COMPLETED' ? (created.reply as { total: string; currency: string }) : undefined;
  const total = reply && { total: reply.total, currency: reply.currency };
  return { orderId, sagaId, status: saga.status === 'COMPLETED' ? 'CONFIRMED' : 'PENDING', ...total, replayed };
}
