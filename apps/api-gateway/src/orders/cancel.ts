import { cancelBody } from '@saga-checkout/shared-types';
import type { Request } from 'express';
import { readJsonText } from '../body/read-body.js';
import { parseBody } from '../body/validate.js';
import { HttpProblem } from '../problem.js';
import { isStillSending } from '../request-context.js';
import type { Replicas } from '../upstream/replicas.js';

/** The reason a customer gives for cancelling. Throws a problem when there is a body and it is not that. */
export async function readReason(req: Request, bodyTimeoutMs: number): Promise<string> {
  if (!hasBody(req)) return cancelBody.parse({}).reason;
  return parseBody(cancelBody, await readJsonText(req, bodyTimeoutMs)).reason;
}

const hasBody = (req: Request): boolean =>
  req.headers['content-length'] !== '0' && (isStillSending(req) || req.headers['content-type'] !== undefined);

/** Why, who, and whose the order must be; without `userId`, whosever it is. */
interface CancelRequest {
  readonly reason: string;
  readonly by?: string;
  readonly userId?: string | undefined;
}

const CANCEL_TIMEOUT_MS = 3_000;

/** Asks the orchestrator to cancel. Throws a problem when it cannot be cancelled; rejects with an UpstreamError. */
export async function cancelOrder(orchestrator: Replicas, orderId: string, request: CancelRequest): Promise<void> {
  const path = `/checkouts/${orderId}/cancel`;
  const body = JSON.stringify(request);
  const { status } = await orchestrator.ask({ method: 'POST', path, body, timeoutMs: CANCEL_TIMEOUT_MS });
  if (status === 202) return;
  if (status === 404) throw new HttpProblem('ORDER_NOT_FOUND', `There is no order ${orderId}.`);
  if (status === 409)
    throw new HttpProblem('CANNOT_CANCEL', 'The order has ended, or is past the point where it can be cancelled.', {
      members: { orderId },
    });
  throw new Error(`the orchestrator answered ${status} to a cancel`);
}
