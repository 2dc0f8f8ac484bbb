import { randomBytes } from 'node:crypto';
import {
  migrate,
  type Servers,
  type ServiceName,
  type ServiceProcess,
  type Services,
  seed,
  serviceNames,
  startServices,
} from '@saga-checkout/local-stack';
import pg from 'pg';
import { DATABASE_OF, type RunningProcess, type ShopAddress } from './address.js';
import type { Database } from './books.js';
import { ShopClient } from './shop-client.js';
import type { TestServers } from './stack.js';
import { dropVhost, makeVhost } from './vhost.js';

export interface ShopOptions {
  readonly stack: TestServers;
  /** How many processes of a service; one if it is not named. */
  readonly replicas?: Readonly<Partial<Record<ServiceName, number>>>;
  /** Settings of single services, on top of those of every test. */
  readonly env?: Readonly<Partial<Record<ServiceName, Record<string, string>>>>;
}

/** Nothing is left to chance: a plain card is never declined. The slow card answers after 2 s, within the timeout. */
const PAYMENT_ENV = { PAYMENT_FAILURE_RATE: '0', PROVIDER_TIMEOUT_MS: '2500' };

/**
 * The shop under test: five real services, four fresh databases and a virtual host of its own, on free ports. What can
 * be asked of it is in {@link ShopClient}; here its processes are started and killed.
 */
export class Shop extends ShopClient {
  private constructor(
    address: ShopAddress,
    private readonly services: Services,
    private readonly dispose: () => Promise<void>,
  ) {
    super(address);
  }

  static async open({ stack, replicas = {}, env = {} }: ShopOptions): Promise<Shop> {
    const name = `shop_${randomBytes(4).toString('hex')}`;
    const rabbitmqUrl = await makeVhost(stack.rabbitmq, name);
    const servers: Servers = { rabbitmq: { url: rabbitmqUrl }, postgres: stack.postgres };
    const databases = namesOf(name);
    await migrate({ stack: servers, databases });
    await seed({ stack: servers, databases });
    const services = await startServices({
      stack: { ...servers, folder: stack.folder },
      databases,
      ports: 'free',
      replicas,
      env: { ...env, 'payment-service': { ...PAYMENT_ENV, ...env['payment-service'] } },
      logFolder: `${stack.folder}/logs-${name}`,
    });
    const urls = Object.fromEntries(
      Object.entries(DATABASE_OF).map(([app, database]) => [
        database,
        stack.postgres.urlFor(databases[app as ServiceName] ?? ''),
      ]),
    );
    const dispose = async () => {
      await Promise.all(services.list().map((each) => each.kill('SIGKILL')));
      await dropVhost(stack.rabbitmq, name);
      await dropDatabases(stack, Object.values(databases));
    };
    const address = {
      services: urlsOf(services),
      databases: urls as Record<Database, string>,
      rabbitmqUrl,
      managementUrl: stack.rabbitmq.managementUrl ?? '',
    };
    return new Shop(address, services, dispose);
  }

  /** One of its processes: `orchestrator`, or `inventory-service-2` for a replica. */
  process(name: string): ServiceProcess {
    return this.services.get(name);
  }

  /** Returns when all its processes are ready. */
  ready(): Promise<void> {
    return this.services.ready();
  }

  /** Its processes as they are now. */
  processes(): RunningProcess[] {
    return this.services.list().map(({ name, service, pid }) => ({ name, service, pid }));
  }

  /** The ids of all processes that run now, by their names. */
  runningPids(): Record<string, number | undefined> {
    return Object.fromEntries(this.services.list().map((each) => [each.name, each.alive ? each.pid : undefined]));
  }

  /** Ends all processes, and removes what the shop had at the broker and in the databases. */
  override async close(): Promise<void> {
    await super.close();
    await this.dispose();
  }
}

/** The databases of one shop among several on one server. */
function namesOf(shop: string): Partial<Record<ServiceName, string>> {
  return Object.fromEntries(Object.entries(DATABASE_OF).map(([app, database]) => [app, `${shop}_${database}`]));
}

function urlsOf(services: Services): ShopAddress['services'] {
  const urls = serviceNames.map((name) => [
    name,
    services
      .list()
      .filter((of) => of.service === name)
      .map(({ url }) => url),
  ]);
  return Object.fromEntries(urls);
}

async function dropDatabases({ postgres }: TestServers, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgres.urlFor('postgres') });
  await client.connect();
  try {
    for (const name of names) await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
  } finally {
    await client.end();
  }
}
