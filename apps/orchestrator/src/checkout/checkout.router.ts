import { failureOf, SagaError, type SagaRuntime, type SagaState, type SagaStore } from '@saga-checkout/saga';
import { checkoutRequest, userId, uuid } from '@saga-checkout/shared-types';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { invalid, refuse, unavailable } from '../answers.js';
import { checkoutSaga } from './checkout.saga.js';
import { type CheckoutService, IdempotencyKeyReusedError, ParticipantUnavailableError } from './checkout.service.js';
import { sagaViewOf } from './saga-view.js';

export interface CheckoutRouterOptions {
  readonly checkouts: CheckoutService;
  readonly runtime: SagaRuntime;
  readonly store: SagaStore;
  /** Whether commands can be sent; if not, new checkouts are refused at the door. */
  readonly isBrokerConnected: () => boolean;
}

const cancelRequest = z.strictObject({
  reason: z.string().min(1).max(500),
  by: z.string().min(1).max(100).optional(),
  /** Only if the order is theirs. */
  userId: userId.optional(),
});

/** What the gateway asks of the orchestrator. Errors are `{code, message}`. */
export function checkoutRouter(options: CheckoutRouterOptions): Router {
  const router = Router();
  router.use(express.json({ limit: '200kb' }));
  router.post('/checkouts', (request, response) => postCheckout(options, request, response));
  router.get('/checkouts/:orderId/saga', (request, response) => getSaga(options, request, response));
  router.post('/checkouts/:orderId/cancel', (request, response) => postCancel(options, request, response));
  return router;
}

async function postCheckout(
  { checkouts, isBrokerConnected }: CheckoutRouterOptions,
  request: Request,
  response: Response,
) {
  const body = checkoutRequest.safeParse(request.body);
  if (!body.success) return invalid(response, body.error);
  if (!isBrokerConnected())
    return unavailable(response, 'BROKER_UNAVAILABLE', 'the message broker cannot be reached', 1_000);
  try {
    response.json(await checkouts.checkout(body.data));
  } catch (error) {
    if (error instanceof ParticipantUnavailableError)
      return unavailable(response, error.code, error.message, error.retryAfterMs, { participant: error.participant });
    if (!(error instanceof IdempotencyKeyReusedError)) return refuse(response, error);
    response.status(422).json({ code: error.code, message: error.message });
  }
}

/** With `?userId=`, a checkout of somebody else is as unknown as one that does not exist. */
async function getSaga({ runtime, store }: CheckoutRouterOptions, request: Request, response: Response) {
  const saga = await findSaga(runtime, request, response, userId.safeParse(request.query.userId).data);
  if (saga !== undefined) response.json(sagaViewOf(saga, await store.logs(saga.sagaId)));
}

async function postCancel({ runtime }: CheckoutRouterOptions, request: Request, response: Response) {
  const body = cancelRequest.safeParse(request.body);
  if (!body.success) return invalid(response, body.error);
  const { reason, by, userId: owner } = body.data;
  const saga = await findSaga(runtime, request, response, owner);
  if (saga === undefined) return;
  try {
    const { businessKey: orderId, sagaId, status } = await cancel(runtime, saga.sagaId, { reason, by });
    response.status(202).json({ orderId, sagaId, status });
  } catch (error) {
    refuse(response, error);
  }
}

/** Asked again, it gives the saga as it is: the answer to the first time may have been lost. */
async function cancel(
  runtime: SagaRuntime,
  sagaId: string,
  { reason, by }: { readonly reason: string; readonly by: string | undefined },
): Promise<SagaState> {
  try {
    return await runtime.control(sagaId, { kind: 'cancelRequested', reason, ...(by !== undefined && { by }) });
  } catch (error) {
    if (!(error instanceof SagaError) || error.code !== 'NOT_APPLICABLE') throw error;
    const saga = (await runtime.find({ by: 'id', sagaId }))?.saga;
    if (saga === undefined || failureOf(saga)?.code !== 'CANCELLED') throw error;
    return saga;
  }
}

async function findSaga(runtime: SagaRuntime, request: Request, response: Response, owner?: string) {
  const orderId = uuid.safeParse(request.params.orderId);
  const record = orderId.success
    ? await runtime.find({ by: 'businessKey', type: checkoutSaga.type, businessKey: orderId.data })
    : undefined;
  if (record !== undefined && (owner === undefined || ownerOf(record.saga.input) === owner)) return record.saga;
  response.status(404).json({ code: 'SAGA_NOT_FOUND', message: 'there is no checkout of this order' });
  return undefined;
}

/** Unknown once the saga has been pruned: its input is gone by then. */
const ownerOf = (input: unknown): string | undefined => (input as { userId?: string } | null)?.userId;
