import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  migrate,
  type Services,
  type Stack,
  type StartServicesOptions,
  seed,
  startServices,
  startStack,
} from '@saga-checkout/local-stack';
import pg from 'pg';
import { seedCatalog } from './catalog.js';
import { cpuOf, cpuOfTree, memoryOf } from './cpu.js';
import { countStatements, type Work, workDone } from './statements.js';

const DATABASES = ['orders', 'inventory', 'payments', 'orchestrator'];

/** The shop under load: a broker and a Postgres of its own, and the five services. */
export interface Shop {
  readonly stack: Stack;
  readonly services: Services;
  readonly checkoutUrl: string;
  /** CPU seconds used so far, by process. */
  cpu(): Record<string, number>;
  memory(): Record<string, number>;
  work(): Promise<Work>;
  /** Resolves when all sagas have ended; rejects after a minute. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

export async function openShop(settings: StartServicesOptions['env'] = {}): Promise<Shop> {
  const stack = await startStack({ profile: 'bench' });
  await preloadStatements(stack);
  const surroundings = { stack, ports: 'free' } as const;
  await migrate(surroundings);
  await seed(surroundings);
  await seedCatalog(stack.postgres.urlFor('inventory'));
  const env = { all: { LOG_LEVEL: 'warn' }, 'payment-service': { PAYMENT_FAILURE_RATE: '0' }, ...settings };
  const services = await startServices({ ...surroundings, env });
  const gateway = services.list().find(({ name }) => name === 'api-gateway');
  const pids = () => services.list().map(({ name, pid }) => [name, pid ?? 0] as const);
  const postmaster = Number(
    readFileSync(join(stack.folder, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0],
  );
  const broker = Number(readFileSync(join(stack.folder, 'rabbitmq', 'pid'), 'utf8'));
  return {
    stack,
    services,
    checkoutUrl: `${gateway?.url}/api/checkout`,
    cpu: () => ({
      ...Object.fromEntries(pids().map(([name, pid]) => [name, cpuOf(pid)])),
      postgres: cpuOfTree(postmaster),
      rabbitmq: cpuOf(broker),
    }),
    memory: () => Object.fromEntries(pids().map(([name, pid]) => [name, memoryOf(pid)])),
    work: () => workDone(stack.postgres.url, DATABASES),
    quiet: () => quiet(stack.postgres.urlFor('orchestrator')),
    stop: async () => {
      await services.stop();
      await stack.down();
    },
  };
}

async function preloadStatements(stack: Stack): Promise<void> {
  const client = new pg.Client({ connectionString: stack.postgres.url });
  await client.connect();
  await client.query("alter system set shared_preload_libraries = 'pg_stat_statements'");
  await client.end();
  await stack.postgres.restart();
  await countStatements(stack.postgres.url);
}

async function quiet(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const deadline = Date.now() + 60_000;
    const open = async () => {
      const { rows } = await client.query('select count(*)::int as n from saga_state where completed_at is null');
      return rows[0].n as number;
    };
    while ((await open()) > 0) {
      if (Date.now() > deadline) throw new Error(`${await open()} sagas have not ended a minute after the load`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await client.end();
  }
}
