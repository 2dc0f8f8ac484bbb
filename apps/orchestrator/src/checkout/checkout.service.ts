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

/** A participant is away: a checkout that began now could not end. Nothing was started. */
export class ParticipantUnavailableError extends Error {
  readonly code = 'PARTICIPANT_UNAVAILABLE';
  readonly retryAfterMs = 2_000;
  constructor(readonly participant: string) {
    super(`${participant} is away: it does not answer, or answers that it failed; try again in 2 s`);
    this.name = 'ParticipantUnavailableError';
  }
}

export interface CheckoutServiceOptions {
  readonly runtime: SagaRuntime;
  /** Names a participant for whose sake no checkout must begin now. */
  readonly participants?: { missing(): Promise<string | undefined> };
  /** How long the same cart of the same user counts as the same checkout, in ms. */
  readonly dedupeWindowMs: number;
  readonly now?: () => number;
}

/** How often an expired key is freed and tried again before somebody else's checkout is joined after all. */
const KEY_ATTEMPTS = 5;

/** Starts checkouts, once each, and tells how they ended. */
export class CheckoutService {
  readonly #runtime: SagaRuntime;
  readonly #participants: CheckoutServiceOptions['participants'];
  readonly #dedupeWindowMs: number;
  readonly #now: () => number;

  constructor({ runtime, participants, dedupeWindowMs, now = Date.now }: CheckoutServiceOptions) {
    this.#runtime = runtime;
    this.#participants = participants;
    this.#dedupeWindowMs = dedupeWindowMs;
    this.#now = now;
  }

  /**
   * Runs a checkout, or joins the one that this request repeats, and waits for the outcome for at most `waitMs`.
   *
   * @throws IdempotencyKeyReusedError; ParticipantUnavailableError; SagaError as `SagaRuntime.run`.
   */
  async checkout(request: CheckoutRequest): Promise<CheckoutResult> {
    const missing = await this.#participants?.missing();
    const { created, record } =
      missing === undefined ? await this.#start(request) : await this.#begun(request, missing);
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

  /** What began before a participant went away is told of all the same. */
  async #begun(request: CheckoutRequest, missing: string): Promise<StartResult> {
    const idempotency = this.#idempotencyOf(request);
    const record =
      idempotency &&
      (await this.#runtime.find({ by: 'idempotencyKey', scope: idempotency.scope, key: idempotency.key }));
    const isSame = record?.saga.businessKey === request.orderId || request.idempotencyKey !== undefined;
    if (record === undefined || !(isSame || this.#stillCounts(record))) throw new ParticipantUnavailableError(missing);
    return sameRequest({ created: false, record }, idempotency);
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
