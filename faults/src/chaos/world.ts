import type { Database } from '@saga-checkout/auditor';
import { migrate, type ServiceProcess, type Stack, seed, silent, startServices } from '@saga-checkout/local-stack';
import pg from 'pg';
import { Network } from '../net/network.js';
import { Doors } from './doors.js';
import { BACKENDS, GATEWAYS, linkName, ORCHESTRATORS, READ_FROM } from './town.js';

/** Short, so that pauses outlast them, and a run shows more in its time. In ms. */
export const STEP_TIMEOUT_MS = 2_000;
export const CHECKOUT_WAIT_MS = 4_000;

const DATABASES: Readonly<Record<string, Database>> = {
  'order-service': 'orders',
  'inventory-service': 'inventory',
  'payment-service': 'payments',
  orchestrator: 'orchestrator',
};

/** A shop of two processes of each service, every connection of which leads through the proxy. */
export interface World {
  readonly stack: Stack;
  readonly network: Network;
  readonly processes: ReadonlyMap<string, ServiceProcess>;
  readonly doors: Doors;
  readonly databaseUrls: Readonly<Record<Database, string>>;
  /** How often each process was ended by a fault. */
  readonly ended: Map<string, number>;
  /** Rows of one of the databases, over a connection of its own that no fault is in the way of. */
  rows<Row extends pg.QueryResultRow>(database: Database, text: string): Promise<Row[]>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly stack: Stack;
  readonly logFolder: string;
  readonly onLine: (line: string) => void;
}

export async function openWorld({ stack, logFolder, onLine }: WorldOptions): Promise<World> {
  await migrate({ stack });
  await seed({ stack });
  const network = new Network();
  const report = { ...silent, line: onLine, warn: onLine };
  const common = { stack, ports: 'free', supervise: true, logFolder, report } as const;
  const backends = await startServices({
    ...common,
    only: ['orchestrator', ...READ_FROM],
    replicas: Object.fromEntries(['orchestrator', ...READ_FROM].map((service) => [service, 2])),
    env: await backendEnvironments(stack, network),
  });
  const gateways = await startServices({
    ...common,
    only: ['api-gateway'],
    replicas: { 'api-gateway': 2 },
    env: await gatewayEnvironments(network, (name) => backends.url(name)),
  });
  const all = [...backends.list(), ...gateways.list()];
  const urls = Object.values(DATABASES).map((database) => [database, stack.postgres.urlFor(database)]);
  const databaseUrls = Object.fromEntries(urls) as World['databaseUrls'];
  return {
    ...{ stack, network, databaseUrls, doors: new Doors(gateways.list()), ended: new Map() },
    processes: new Map(all.map((each) => [each.name, each])),
    rows: (database, text) => rowsOf(databaseUrls[database], text),
    close: async () => {
      for (const each of all) if (each.alive) await each.kill('SIGCONT');
      await Promise.all([gateways.stop(), backends.stop()]);
      network.close();
    },
  };
}

type Environments = Record<string, Record<string, string>>;

/** Each process has links of its own to the broker and to Postgres. */
async function backendEnvironments({ rabbitmq, postgres }: Stack, network: Network): Promise<Environments> {
  const environments: Environments = {};
  for (const name of BACKENDS) {
    const database = DATABASES[name.replace(/-\d$/, '')] as Database;
    environments[name] = {
      RABBITMQ_URL: await through(network, linkName(name, 'broker'), rabbitmq.url),
      DB_URL: await through(network, linkName(name, 'postgres'), postgres.urlFor(database)),
      STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS),
      // Nothing is left to chance: a plain card is never declined.
      PAYMENT_FAILURE_RATE: '0',
    };
  }
  return environments;
}

async function gatewayEnvironments(network: Network, urlOf: (name: string) => string): Promise<Environments> {
  const environments: Environments = {};
  for (const name of GATEWAYS) {
    const to = async (other: string) => {
      const url = await through(network, linkName(name, other), urlOf(other));
      return url.replace(/\/$/, '');
    };
    const [orchestrators, [orders, inventory, payments]] = await Promise.all([
      Promise.all(ORCHESTRATORS.map(to)),
      Promise.all(READ_FROM.map(to)),
    ]);
    environments[name] = {
      ORCHESTRATOR_URL: orchestrators.join(','),
      ORDER_SERVICE_URL: orders ?? '',
      INVENTORY_SERVICE_URL: inventory ?? '',
      PAYMENT_SERVICE_URL: payments ?? '',
      CHECKOUT_WAIT_MS: String(CHECKOUT_WAIT_MS),
    };
  }
  return environments;
}

/** The same URL by way of a link. */
async function through(network: Network, name: string, url: string): Promise<string> {
  const changed = new URL(url);
  const port = await network.add({ name, targetPort: Number(changed.port) });
  changed.port = String(port);
  return changed.href;
}

async function rowsOf<Row extends pg.QueryResultRow>(connectionString: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // the query under way rejects
  try {
    await client.connect();
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end().catch(() => {}); // it may never have been connected
  }
}
