import type { Database } from '@saga-checkout/auditor';
import {
  migrate,
  type ServiceProcess,
  type Services,
  type Stack,
  seed,
  silent,
  startServices,
} from '@saga-checkout/local-stack';
import pg from 'pg';
import { Network } from '../net/network.js';
import { Doors } from './doors.js';
import { BACKENDS, GATEWAYS, linkName } from './town.js';

/** Short, so that pauses outlast them, and a run shows more in its time. In ms. */
export const STEP_TIMEOUT_MS = 2_000;
export const CHECKOUT_WAIT_MS = 4_000;

const DATABASES: Readonly<Record<string, Database>> = {
  'order-service': 'orders',
  'inventory-service': 'inventory',
  'payment-service': 'payments',
  orchestrator: 'orchestrator',
};

const SERVICES = ['orchestrator', 'order-service', 'inventory-service', 'payment-service'] as const;

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

export async function openWorld(options: WorldOptions): Promise<World> {
  const { stack } = options;
  await migrate({ stack });
  await seed({ stack });
  const network = new Network();
  const started: Services[] = [];
  const close = async () => {
    const stopping = started.map((each) => each.stop());
    // Nobody starts them again from here on, and nobody waits for what they have under way.
    await Promise.all(started.flatMap((each) => each.list()).map((each) => each.kill('SIGKILL')));
    await Promise.all(stopping);
    network.close();
  };
  try {
    await startAll(options, network, started);
  } catch (error) {
    await close();
    throw error;
  }
  const processes = new Map(started.flatMap((each) => each.list()).map((each) => [each.name, each]));
  const doors = new Doors([...processes.values()].filter(({ service }) => service === 'api-gateway'));
  const urls = Object.values(DATABASES).map((database) => [database, stack.postgres.urlFor(database)]);
  const databaseUrls = Object.fromEntries(urls) as World['databaseUrls'];
  const rows = <Row extends pg.QueryResultRow>(database: Database, text: string) =>
    rowsOf<Row>(databaseUrls[database], text);
  return { stack, network, processes, doors, databaseUrls, ended: new Map(), rows, close };
}

/** First those behind, then the gateways, which must know where the others are. */
async function startAll({ stack, logFolder, onLine }: WorldOptions, network: Network, started: Services[]) {
  const report = { ...silent, line: onLine, warn: onLine };
  const common = { stack, ports: 'free', supervise: true, logFolder, report } as const;
  const backends = await startServices({
    ...common,
    only: SERVICES,
    replicas: Object.fromEntries(SERVICES.map((service) => [service, 2])),
    env: await backendEnvironments(stack, network),
  });
  started.push(backends);
  const env = await gatewayEnvironments(network, (name) => backends.url(name));
  started.push(await startServices({ ...common, only: ['api-gateway'], replicas: { 'api-gateway': 2 }, env }));
}

type Environments = Record<string, Record<string, string>>;

/** Each process has links of its own to the broker and to Postgres. */
async function backendEnvironments({ rabbitmq, postgres }: Stack, network: Network): Promise<Environments> {
  const environments: Environments = {};
  for (const name of BACKENDS) {
    const database = DATABASES[serviceOf(name)] as Database;
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
    const urlsOf = async (service: string): Promise<string> => {
      const replicas = BACKENDS.filter((each) => serviceOf(each) === service);
      const urls = await Promise.all(replicas.map((each) => through(network, linkName(name, each), urlOf(each))));
      return urls.map((url) => url.replace(/\/$/, '')).join(',');
    };
    environments[name] = {
      ORCHESTRATOR_URL: await urlsOf('orchestrator'),
      ORDER_SERVICE_URL: await urlsOf('order-service'),
      INVENTORY_SERVICE_URL: await urlsOf('inventory-service'),
      PAYMENT_SERVICE_URL: await urlsOf('payment-service'),
      CHECKOUT_WAIT_MS: String(CHECKOUT_WAIT_MS),
    };
  }
  return environments;
}

/** `orchestrator-2` is one of `orchestrator`. */
const serviceOf = (name: string): string => name.replace(/-\d$/, '');

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
