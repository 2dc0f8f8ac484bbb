import { createLogger, onShutdown, runMain } from '@saga-checkout/service';
import { createApp } from './app.js';
import { doorsOf } from './auth/doors.js';
import { type Env, readEnv } from './env.js';
import { HttpServer } from './server.js';
import { Replicas } from './upstream/replicas.js';
import { closeUpstreams, type Upstreams } from './upstream/upstreams.js';

/** Shorter than the time within which the process has to be gone. */
const DRAIN_MS = 8_000;

/** Without authentication the door belongs to this machine only. */
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

runMain(async () => {
  const env = readEnv();
  const log = createLogger({
    service: 'api-gateway',
    level: env.LOG_LEVEL,
    ...(env.LOG_PRETTY === undefined ? {} : { pretty: env.LOG_PRETTY }),
  });
  const upstreams = connect(env);
  const doors = await doorsOf(env, log);
  const app = createApp({
    log,
    authenticate: doors.customers,
    authenticateOperator: doors.operators,
    upstreams,
    waits: { defaultMs: env.CHECKOUT_WAIT_MS, maxMs: Math.max(env.CHECKOUT_WAIT_MS, env.CHECKOUT_WAIT_MAX_MS) },
    maxCheckouts: env.MAX_CHECKOUTS_PER_ORCHESTRATOR * env.ORCHESTRATOR_URL.length,
    readTimeoutMs: env.READ_TIMEOUT_MS,
    bodyTimeoutMs: env.BODY_TIMEOUT_MS,
  });
  const server = new HttpServer(app);
  const port = await server.listen({ host: env.HOST, port: env.PORT });
  log.info({ orchestrators: env.ORCHESTRATOR_URL }, `the shop is open on http://${env.HOST}:${port}`);
  if (!LOOPBACK.has(env.HOST))
    log.warn(`whoever reaches ${env.HOST} may act for every customer: set HOST=127.0.0.1 unless that is meant`);
  onShutdown(log, async () => {
    await server.stop(DRAIN_MS);
    await closeUpstreams(upstreams);
  });
});

function connect(env: Env): Upstreams {
  return {
    orchestrator: new Replicas(env.ORCHESTRATOR_URL),
    'order-service': new Replicas([env.ORDER_SERVICE_URL]),
    'inventory-service': new Replicas([env.INVENTORY_SERVICE_URL]),
    'payment-service': new Replicas([env.PAYMENT_SERVICE_URL]),
  };
}
