import { checkoutBody } from '@saga-checkout/shared-types';
import type { Request, Response } from 'express';
import type { Log } from '../answers.js';
import { readJsonText } from '../body/read-body.js';
import { parseBody } from '../body/validate.js';
import { type Authenticate, mayActFor } from '../principal.js';
import { HttpProblem } from '../problem.js';
import { newId } from '../random.js';
import { traceOf } from '../request-context.js';
import { type RouteContext, serve } from '../routing.js';
import type { Upstreams } from '../upstream/upstreams.js';
import { type Asked, askOrchestrator } from './ask.js';
import { assertPossible } from './cart.js';
import { readIdempotencyKey } from './idempotency-key.js';
import type { LastCall } from './last-call.js';
import { accepted, notTaken, outcomeOf } from './outcome.js';
import { readPreference, type Waiting, type WaitLimits, waitingFor } from './prefer.js';
import { Turnstile } from './turnstile.js';

export interface CheckoutContext extends RouteContext {
  readonly log: Log;
  readonly upstreams: Upstreams;
  readonly waits: WaitLimits;
  /** How many checkouts may be handed over to orchestrators at a time. */
  readonly maxCheckouts: number;
  readonly bodyTimeoutMs: number;
  readonly lastCall: LastCall;
  readonly authenticate: Authenticate;
}

/** `POST /api/checkout` and `POST /api/orders`: the same request, waited for and not. */
export function checkoutRoutes(context: CheckoutContext): void {
  const { app, waits, maxCheckouts } = context;
  const turnstile = new Turnstile(maxCheckouts);
  const checkOut = (req: Request, waiting: Waiting) => {
    turnstile.check();
    return takeCheckout(context, turnstile, req, waiting);
  };
  const withoutWaiting = waitingFor({ respondAsync: true, waitSeconds: undefined }, waits);
  serve(app, '/api/checkout', {
    post: async (req, res) => {
      const waiting = waitingFor(readPreference(header(req, 'prefer')), waits);
      answerCheckout(context, res, await checkOut(req, waiting), waiting);
    },
  });
  serve(app, '/api/orders', {
    post: async (req, res) => answerOrder(context, res, await checkOut(req, withoutWaiting)),
  });
}

/** Reads and checks the request, then hands it to an orchestrator. Throws a problem before anything has begun. */
async function takeCheckout(
  context: CheckoutContext,
  turnstile: Turnstile,
  req: Request,
  waiting: Waiting,
): Promise<Asked> {
  const principal = await context.authenticate(req);
  const idempotencyKey = readIdempotencyKey(header(req, 'idempotency-key'));
  const body = parseBody(checkoutBody, await readJsonText(req, context.bodyTimeoutMs));
  assertPossible(body.items);
  if (!mayActFor(principal, body.userId)) throw new HttpProblem('FORBIDDEN', 'A checkout can only be your own.');
  const orderId = newId();
  const { traceId, traceparent } = traceOf(req);
  const request = { orderId, ...body, idempotencyKey, waitMs: waiting.waitMs, traceparent };
  const options = {
    patienceMs: waiting.patienceMs,
    lastCall: context.lastCall,
    onFailedAttempt: (attempt: number, reason: string) =>
      context.log.debug({ orderId, traceId, attempt, reason }, 'asking an orchestrator came to nothing'),
  };
  const asked = await turnstile.hold(() => askOrchestrator(context.upstreams.orchestrator, request, options));
  if (asked.kind === 'busy' && asked.code === 'ORCHESTRATOR_FULL') turnstile.closeBriefly();
  return asked;
}

function answerCheckout({ answers }: CheckoutContext, res: Response, asked: Asked, waiting: Waiting): void {
  if (asked.kind !== 'taken') return answers.problem(res, notTaken(asked));
  const outcome = outcomeOf(asked.result);
  const { replayed } = asked.result;
  if (outcome instanceof HttpProblem) return answers.problem(res, replayed ? outcome.with(REPLAYED) : outcome);
  const headers: Record<string, string> = { location: outcome.location };
  if (replayed) headers['idempotent-replayed'] = 'true';
  if (outcome.status === 202 && waiting.applied !== undefined) headers['preference-applied'] = waiting.applied;
  answers.json(res, outcome.status, outcome.body, headers);
}

/** Always `202`, also for a repeated request whose outcome is known by now: the same request gets the same answer. */
function answerOrder({ answers }: CheckoutContext, res: Response, asked: Asked): void {
  if (asked.kind !== 'taken') return answers.problem(res, notTaken(asked));
  const { status, body, location } = accepted(asked.result);
  answers.json(res, status, body, asked.result.replayed ? { location, ...REPLAYED } : { location });
}

const REPLAYED = { 'idempotent-replayed': 'true' };

function header(req: Request, name: 'prefer' | 'idempotency-key'): string | undefined {
  const value = req.headers[name];
  // Node joins headers that come twice; a list is only for Set-Cookie.
  return Array.isArray(value) ? value.join(', ') : value;
}
