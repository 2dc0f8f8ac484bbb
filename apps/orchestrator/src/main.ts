import { createPool, pendingMigrations } from '@saga-checkout/database';
import { CommandClient } from '@saga-checkout/messaging/client';
import { type CommandSender, SagaRuntime } from '@saga-checkout/saga';
import { PostgresStore } from '@saga-checkout/saga/postgres';
import {
  createHealth,
  createLogger,
  createMetrics,
  listen,
  runMain,
  Shutdown,
  StartupError,
} from '@saga-checkout/service';
import { inventory, order, payment } from '@saga-checkout/shared-types';
import { createApp } from './app.js';
import { checkoutSaga } from './checkout/checkout.saga.js';
import { CheckoutService } from './checkout/checkout.service.js';
import { commandSenderOver } from './command-sender.js';
import { migrations } from './db/migrations.js';
import { openDeadLetters } from './dead-letters/open-dead-letters.js';
import { type Env, readEnv } from './env.js';
import { faultsOf } from './faults.js';
import { keepHouse } from './housekeeping.js';
import { observe, observeParticipants } from './observe.js';
import { Participants } from './participants/participants.js';
import { withStepTimeout } from './step-timeout.js';

const service = 'orchestrator';
/**
 * What is kept back, in ms, of the time that the process has after SIGTERM: until then sagas under way go on, then they are
 * handed over, callers who still wait are answered, and the broker and the journal are told goodbye.
 */
const GOODBYE_MS = 3_000;
/** Of these, for the answers. */
const ANSWERS_MS = 500;

runMain(async () => {
  const env = readEnv();
  const faults = faultsOf(env);
  const log = createLogger({ service, level: env.LOG_LEVEL });
  const shutdown = new Shutdown({ log, delayMs: env.SHUTDOWN_DELAY_MS });
  const isStopping = () => shutdown.isStopping;
  const pool = createPool({
    url: env.DB_URL,
    applicationName: service,
    onError: (error) => log.warn({ err: error }, 'an idle database connection was lost'),
  });
  shutdown.defer(() => pool.end());
  const queues = { order: order.create.queue, inventory: inventory.reserve.queue, payment: payment.process.queue };
  const client = new CommandClient({
    url: env.RABBITMQ_URL,
    queues: Object.values(queues),
    log,
    connectionName: env.ORCHESTRATOR_NAME,
    faults,
  });
  shutdown.defer(() => client.close());
  const participants = new Participants({ queues, client, log });
  const store = new PostgresStore(pool);
  const runtime = createRuntime(env, store, participants.hear(commandSenderOver(client)), log, faults);
  const metrics = createMetrics(service);
  observe(runtime, metrics.registry, log);
  observeParticipants(participants, metrics.registry);
  const deadLetters = openDeadLetters({
    databaseUrl: env.DB_URL,
    rabbitmqUrl: env.RABBITMQ_URL,
    queues: Object.values(queues),
    connectionName: env.ORCHESTRATOR_NAME,
    sagaStatus: async (sagaId) => (await runtime.find({ by: 'id', sagaId }))?.saga.status,
    registry: metrics.registry,
    log,
    faults,
  });
  shutdown.defer(() => deadLetters.close());

  const health = createHealth({ service, checks: checksOf(pool, client, runtime), isStopping });
  const checkouts = new CheckoutService({ runtime, participants, dedupeWindowMs: env.CHECKOUT_DEDUPE_WINDOW_MS });
  const router = { checkouts, runtime, store, isBrokerConnected: () => client.isConnected() };
  const server = await listen(
    createApp({ ...router, deadLetters: deadLetters.router, health, metrics: metrics.router, log }),
    {
      host: env.HOST,
      port: env.PORT,
      service,
      isStopping,
    },
  );
  shutdown.defer(() => server.close(ANSWERS_MS));
  shutdown.defer(() => runtime.stop(shutdown.leftMs - GOODBYE_MS));
  await client.start();
  deadLetters.start();
  begin(runtime, log);
  shutdown.defer(participants.start());
  shutdown.defer(keepHouse(env, runtime, store, deadLetters, log));
  log.info({ port: env.PORT, owner: env.ORCHESTRATOR_NAME }, 'orchestrator is up');
});

/** Does not wait: while the journal or the broker is away, the process is up and says that it is not ready. */
function begin(runtime: SagaRuntime, log: ReturnType<typeof createLogger>): void {
  runtime.start().then(
    () => log.info('the sagas of before the start are under way again'),
    (error: Error) => {
      throw new StartupError(
        error.message,
        'keep the former definition beside the changed one; docs/adr/0018-shapes-are-fingerprinted.md tells why',
      );
    },
  );
}

function createRuntime(
  env: Env,
  store: PostgresStore,
  sender: CommandSender,
  log: ReturnType<typeof createLogger>,
  faults: ReturnType<typeof faultsOf>,
) {
  return new SagaRuntime({
    definitions: [withStepTimeout(checkoutSaga, env.STEP_TIMEOUT_MS)],
    store,
    sender,
    owner: env.ORCHESTRATOR_NAME,
    maxConcurrentSagas: env.MAX_CONCURRENT_SAGAS,
    log,
    ...(faults && { crashPoint: (point) => faults.reached(point) }),
  });
}

function checksOf(pool: ReturnType<typeof createPool>, client: CommandClient, runtime: SagaRuntime) {
  return {
    database: async () => void (await pool.query('select 1')),
    migrations: async () => {
      let pending = 0;
      for (const { folder, table } of migrations) pending += await pendingMigrations(pool, folder, table);
      if (pending > 0) throw new Error(`${pending} migrations are pending; run pnpm --filter=orchestrator db:migrate`);
    },
    broker: async () => {
      if (!client.isConnected()) throw new Error('not connected to RabbitMQ; trying again');
    },
    sagas: async () => {
      if (!runtime.hasSwept()) throw new Error('the sagas of before the start have not been taken over yet');
      const missing = await runtime.missingDefinitions();
      const names = missing.map(({ type, version, count }) => `${type} version ${version} (${count} sagas)`);
      if (names.length > 0) throw new Error(`no definition for ${names.join(', ')}; deploy one that has it`);
    },
  };
}
