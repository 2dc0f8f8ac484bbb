import { createLogger, runMain, Shutdown } from '@saga-checkout/service';
import { createApp } from './app.js';
import { doorsOf } from './auth/doors.js';
import { LastCall } from './checkout/last-call.js';
import { type Env, readEnv } from './env.js';
import { HttpServer } from './server.js';
import { Replicas } from './upstream/replicas.js';
import { closeUpstreams, type Upstreams } from './upstream/upstreams.js';

/** What is kept back, in ms, of the time that the process has after SIGTERM; until then requests under way are answered. */
const GOODBYE_MS = 500;
/** As much of that time before its end, whoever still waits for a checkout is told what is known of it, in ms. */
const LAST_CALL_MS = 3_000;

/** Without authentication the door belongs to this machine only. */
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

runMain(async () => {
  const env = readEnv();
  const log = createLogger({
    service: 'api-gateway',
    level: env.LOG_LEVEL,
    ...(env.LOG_PRETTY === undefined ? {} : { pretty: env.LOG_PRETTY }),
  });
  const shutdown = new Shutdown({ log, delayMs: env.SHUTDOWN_DELAY_MS });
  const isStopping = () => shutdown.isStopping;
  const lastCall = new LastCall();
  const upstreams = connect(env);
  shutdown.defer(() => closeUpstreams(upstreams));
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
    lastCall,
    isStopping,
  });
  const server = new HttpServer(app, { isStopping });
  const port = await server.listen({ host: env.HOST, port: env.PORT });
  shutdown.defer(() => server.stop(shutdown.leftMs - GOODBYE_MS));
  shutdown.defer(() => {
    setTimeout(() => lastCall.make(), shutdown.leftMs - LAST_CALL_MS);
  });
  log.info({ orchestrators: env.ORCHESTRATOR_URL }, `the shop is open on http://${env.HOST}:${port}`);
  if (!LOOPBACK.has(env.HOST))
    log.warn(`whoever reaches ${env.HOST} may act for every customer: set HOST=127.0.0.1 unless that is meant`);
});

function connect(env: Env): Upstreams {
  return {
    orchestrator: new Replicas(env.ORCHESTRATOR_URL),
    'order-service': new Replicas(env.ORDER_SERVICE_URL),
    'inventory-service': new Replicas(env.INVENTORY_SERVICE_URL),
    'payment-service': new Replicas(env.PAYMENT_SERVICE_URL),
  };
}
