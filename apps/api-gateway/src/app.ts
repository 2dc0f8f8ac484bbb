import type { RequestListener } from 'node:http';
import { createHealth, createMetrics } from '@saga-checkout/service';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Answers, type Log } from './answers.js';
import { ClientGone } from './body/read-body.js';
import { checkoutRoutes } from './checkout/checkout.routes.js';
import type { LastCall } from './checkout/last-call.js';
import type { WaitLimits } from './checkout/prefer.js';
import { createRequestMetrics } from './metrics.js';
import { openApiRoutes } from './openapi/openapi.routes.js';
import { sagaRoutes } from './operators/sagas.routes.js';
import { orderRoutes } from './orders/orders.routes.js';
import type { Authenticate } from './principal.js';
import { HttpProblem } from './problem.js';
import { productRoutes } from './products/products.routes.js';
import { pathOf } from './request-context.js';
import { serve } from './routing.js';
import { isAlive, type Upstreams } from './upstream/upstreams.js';

export interface AppOptions {
  readonly log: Log;
  readonly upstreams: Upstreams;
  readonly waits: WaitLimits;
  readonly maxCheckouts: number;
  /** For one part of an order, or a list. */
  readonly readTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** Made when the process has to go: who still waits for a checkout is told what is known. */
  readonly lastCall: LastCall;
  /** Whether the process was told to stop. */
  readonly isStopping: () => boolean;
  /** Of customers. */
  readonly authenticate: Authenticate;
  readonly authenticateOperator: Authenticate;
}

/**
 * The gateway: an Express application, and behind it one place where everything ends that no handler has answered. The
 * checkout comes first: what is registered first is found first.
 */
export function createApp(options: AppOptions): RequestListener {
  const { log } = options;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  const metrics = createMetrics('api-gateway');
  const answers = new Answers(log, createRequestMetrics(metrics.registry));
  const context = { ...options, app, answers };

  app.use(begin);
  checkoutRoutes(context);
  orderRoutes(context);
  productRoutes(context);
  sagaRoutes(context);
  openApiRoutes(context);
  healthRoutes(app, options);
  serve(app, '/metrics', { get: metrics.router });
  const end = lastResort(answers, log);
  // Express's own last resort writes HTML: for addresses nobody serves, and for paths that it cannot parse at all.
  return (req, res) => app(req as Request, res as Response, (error) => end(error, req as Request, res as Response));
}

/** The only thing every request goes through before its handler. */
function begin(req: Request, _res: Response, next: NextFunction): void {
  req.startedAt = performance.now();
  if (req.headers.host === undefined && req.httpVersionMinor === 1)
    throw new HttpProblem('BROKEN_REQUEST', 'A request needs a Host header.', { headers: { connection: 'close' } });
  next();
}

/**
 * Ready means that checkouts can be taken. The services behind reads are looked at for `/health` alone: without one of
 * them the shop is degraded, not closed.
 */
function healthRoutes(app: Express, { upstreams, isStopping }: AppOptions): void {
  const service = 'api-gateway';
  const checks = Object.fromEntries(
    Object.entries(upstreams).map(([name, replicas]) => [name, () => isAlive(replicas)] as const),
  );
  const all = createHealth({ service, checks, isStopping });
  const ready = createHealth({ service, checks: { orchestrator: () => isAlive(upstreams.orchestrator) }, isStopping });
  serve(app, '/health', { get: all });
  serve(app, '/health/live', { get: ready });
  serve(app, '/health/ready', { get: ready });
}

function lastResort(answers: Answers, log: Log) {
  return (error: unknown, req: Request, res: Response): void => {
    if (error instanceof ClientGone) log.debug({ path: pathOf(req) }, 'the client closed its connection');
    else answers.problem(res, error === undefined ? nothingAt(pathOf(req)) : toProblem(error));
  };
}

const nothingAt = (path: string): HttpProblem =>
  new HttpProblem('NOT_FOUND', `There is nothing at ${path.slice(0, 200)}.`);

function toProblem(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  // The router's own: a path that is not percent-encoded as it should be.
  if (error instanceof URIError) return new HttpProblem('BROKEN_REQUEST', 'The path cannot be decoded.');
  const problem = new HttpProblem('INTERNAL', 'Something went wrong here, not with the request; it has been logged.');
  problem.cause = error;
  return problem;
}
