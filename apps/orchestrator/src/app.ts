import type { createLogger } from '@saga-checkout/service';
import express, { type ErrorRequestHandler, type Express, type Router } from 'express';
import { type CheckoutRouterOptions, checkoutRouter } from './checkout/checkout.router.js';
import { sagasRouter } from './sagas/sagas.router.js';
import { Sagas } from './sagas/sagas.service.js';

export interface AppOptions extends CheckoutRouterOptions {
  readonly deadLetters: Router;
  readonly health: Router;
  readonly metrics: Router;
  readonly log: ReturnType<typeof createLogger>;
}

/** The orchestrator's HTTP interface: for the gateway and for operators, on loopback unless configured otherwise. */
export function createApp({ deadLetters, health, metrics, log, ...checkout }: AppOptions): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(checkoutRouter(checkout), sagasRouter(new Sagas(checkout)), deadLetters, health, metrics);
  app.use((_request, response) => {
    response.status(404).json({ code: 'NOT_FOUND', message: 'there is nothing here' });
  });
  app.use(errorHandler(log));
  return app;
}

/** Errors of the body parser are the client's; anything else is logged, and told without its insides. */
function errorHandler(log: AppOptions['log']): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (response.headersSent) return next(error);
    const status: unknown = error?.status;
    if (typeof status === 'number' && status >= 400 && status < 500) {
      response.status(status).json({ code: 'INVALID_REQUEST', message: 'the body cannot be read as JSON' });
      return;
    }
    log.error({ err: error, path: request.path }, 'request failed');
    response.status(503).set('Retry-After', '1').json({
      code: 'ORCHESTRATOR_ERROR',
      message: 'the orchestrator could not answer; try again',
      retryAfterSeconds: 1,
    });
  };
}
