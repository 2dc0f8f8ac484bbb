import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Acknowledged, alternativesOf, audit, type Database, linesOf } from '@saga-checkout/auditor';
import { createPool } from '@saga-checkout/database';
import {
  migrate,
  type ServiceName,
  type ServiceProcess,
  type Services,
  type Stack,
  startServices,
  waitFor,
} from '@saga-checkout/local-stack';
import type pg from 'pg';
import { FAULTY, FaultPlans, type Faulty, isFaulty } from './fault-plans.js';
import { Queues } from './queues.js';
import { dropVhost, makeVhost } from './vhost.js';

const DATABASE_OF = {
  'order-service': 'orders',
  'inventory-service': 'inventory',
  'payment-service': 'payments',
  orchestrator: 'orchestrator',
} as const satisfies Partial<Record<ServiceName, Database>>;

/** What a shop is built on. */
export interface TestServers extends Pick<Stack, 'folder'> {
  readonly rabbitmq: Pick<Stack['rabbitmq'], 'url' | 'managementUrl'>;
  readonly postgres: Pick<Stack['postgres'], 'urlFor'>;
}

export interface ShopOptions {
  readonly stack: TestServers;
  /** How many of the orchestrator and of each participant. */
  readonly replicas: number;
  /** How many gateways, and their settings; one as it is if absent. */
  readonly gateways?: { readonly count: number; readonly env: Record<string, string> };
  /** Whether its services follow fault plans, as they do unless this says no; then they are what runs in production. */
  readonly followsPlans?: boolean;
  /** How long steps wait for an answer, in ms. */
  readonly stepTimeoutMs: number;
}

/** A product of the shop's catalog. */
export interface Product {
  readonly id: string;
  readonly price: string;
}

/** A shop whose services follow fault plans: processes, databases and a virtual host of its own. */
export class Shop {
  readonly acknowledged: Acknowledged[] = [];
  readonly #pools = new Map<Database, pg.Pool>();

  private constructor(
    readonly services: Services,
    readonly plans: FaultPlans,
    readonly queues: Queues,
    /** Of which there is enough for all, and of which there is nothing left. */
    readonly products: { readonly plenty: Product; readonly soldOut: Product },
    readonly databaseUrls: Readonly<Record<Database, string>>,
    readonly broker: { readonly url: string; readonly managementUrl: string },
    private readonly dispose: () => Promise<void>,
  ) {}

  static async open(options: ShopOptions): Promise<Shop> {
    const { stack, replicas, gateways = { count: 1, env: {} }, stepTimeoutMs, followsPlans = true } = options;
    const name = `shop_${randomBytes(4).toString('hex')}`;
    const url = await makeVhost(stack.rabbitmq, name);
    const servers = { rabbitmq: { url }, postgres: stack.postgres };
    const names = Object.entries(DATABASE_OF).map(([service, database]) => [service, `${name}_${database}`] as const);
    const databases = Object.fromEntries(names);
    await migrate({ stack: servers, databases });
    const folder = join(stack.folder, name);
    mkdirSync(folder, { recursive: true });
    const plans = new FaultPlans(folder);
    const planOf = (service: Faulty) => (followsPlans ? plans.environment(service) : {});
    const services = await startServices({
      stack: { ...servers, folder },
      databases,
      ports: 'free',
      replicas: { ...Object.fromEntries(FAULTY.map((service) => [service, replicas])), 'api-gateway': gateways.count },
      env: {
        ...Object.fromEntries(FAULTY.map((service) => [service, planOf(service)])),
        'api-gateway': gateways.env,
        orchestrator: { ...planOf('orchestrator'), STEP_TIMEOUT_MS: String(stepTimeoutMs) },
        // Nothing is left to chance: a plain card is never declined.
        'payment-service': { ...planOf('payment-service'), PAYMENT_FAILURE_RATE: '0' },
      },
    });
    const urls = names.map(([service, database]) => [
      DATABASE_OF[service as keyof typeof DATABASE_OF],
      stack.postgres.urlFor(database),
    ]);
    const databaseUrls = Object.fromEntries(urls) as Record<Database, string>;
    const queues = await Queues.open(url);
    const dispose = async () => {
      await Promise.all(services.list().map((each) => each.kill('SIGKILL')));
      await queues.close();
      await dropVhost(stack.rabbitmq, name);
    };
    const products = await stock(databaseUrls.inventory);
    const broker = { url, managementUrl: stack.rabbitmq.managementUrl ?? '' };
    return new Shop(services, plans, queues, products, databaseUrls, broker, dispose);
  }

  /** The processes that can be made to fail. */
  processes(): readonly ServiceProcess[] {
    return this.services.list().filter(({ service }) => isFaulty(service));
  }

  /** Rows of one of the four databases. */
  async rows<Row extends pg.QueryResultRow>(database: Database, text: string, values: unknown[] = []): Promise<Row[]> {
    let pool = this.#pools.get(database);
    if (pool === undefined) {
      pool = poolFor(this.databaseUrls[database]);
      this.#pools.set(database, pool);
    }
    return (await pool.query<Row>(text, values)).rows;
  }

  /** Waits until no saga is under way, for so long at most; says nothing if some still are. */
  async ended(timeoutMs: number): Promise<void> {
    const text = 'select 1 from saga_state where completed_at is null limit 1';
    const none = async () => (await this.rows('orchestrator', text)).length === 0;
    await waitFor(none, { timeoutMs, everyMs: 10 });
  }

  /** What the auditor finds wrong now that all sagas should have ended; what consumers hold is looked at only if asked. */
  async problems({ withConsumers }: { withConsumers: boolean }): Promise<string[]> {
    const { databaseUrls, broker, acknowledged } = this;
    const report = await audit({
      databaseUrls,
      moment: 'rest',
      graceMs: 10_000,
      acknowledged,
      ...(withConsumers && { broker, countsAgeMs: 1_100 }),
    });
    return [...linesOf(report), ...(await this.queues.problems()), ...(await this.#deadLetters())];
  }

  /** Commands that were put aside, and that the orchestrator has taken from their queues: there should be none. */
  async #deadLetters(): Promise<string[]> {
    const text = `select concat_ws(' ', 'a dead letter:', queue, type, reason, detail, id) as line from dead_letters`;
    return (await this.rows<{ line: string }>('orchestrator', `${text} limit 10`)).map(({ line }) => line);
  }

  /** Leaves the databases alone, until rows are asked for again. */
  async disconnect(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.end()));
  }

  async close(): Promise<void> {
    await this.disconnect();
    await this.dispose();
  }
}

const poolFor = (url: string): pg.Pool => createPool({ url: alternativesOf(url), applicationName: 'faults', max: 2 });

/** Puts two products into the catalog. */
async function stock(inventoryUrl: string): Promise<Shop['products']> {
  const pool = poolFor(inventoryUrl);
  try {
    const add = async (units: number): Promise<Product> => {
      const product = { id: randomUUID(), price: '10.00' };
      await pool.query(
        `insert into products (id, name, description, price, currency, stock_quantity, initial_quantity)
         values ($1, 'Test product', 'Made for a test', $2, 'USD', $3, $3)`,
        [product.id, product.price, units],
      );
      return product;
    };
    return { plenty: await add(1_000_000), soldOut: await add(0) };
  } finally {
    await pool.end();
  }
}
