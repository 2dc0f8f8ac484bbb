import { randomUUID } from 'node:crypto';
import type { ServiceName } from '@saga-checkout/local-stack';
import pg from 'pg';
import type { ShopAddress } from './address.js';
import { type Acknowledged, auditBooks, type Database } from './books.js';
import { byHand } from './by-hand.js';
import type { Cart } from './cart.js';
import { assertDocumented } from './documented.js';
import { eventually } from './eventually.js';
import { type Answer, HttpClient } from './http.js';
import { Rabbit } from './rabbit.js';

/** A product that one test alone sells. */
export interface TestProduct {
  readonly id: string;
  readonly price: string;
}

/** What can be asked of a running shop, at its doors and behind them. */
export class ShopClient {
  /** One for each replica. */
  readonly gateways: readonly HttpClient[];
  readonly acknowledged: Acknowledged[] = [];
  readonly #pools = new Map<Database, pg.Pool>();

  constructor(readonly address: ShopAddress) {
    this.gateways = address.services['api-gateway'].map((url) => new HttpClient(url, assertDocumented));
  }

  get gateway(): HttpClient {
    return this.gateways[0] as HttpClient;
  }

  urlOf(service: ServiceName, replica = 0): string {
    const url = this.address.services[service][replica];
    if (url === undefined) throw new Error(`there is no replica ${replica} of ${service}`);
    return url;
  }

  /** `POST /api/checkout`, at one of the gateways; what the customer is told is remembered for the auditor. */
  checkout(cart: Cart, headers?: Record<string, string>, gateway = this.gateway): Promise<Answer> {
    return this.#place('/api/checkout', cart, headers, gateway);
  }

  /** `POST /api/orders`: the same, not waited for. */
  order(cart: Cart, headers?: Record<string, string>, gateway = this.gateway): Promise<Answer> {
    return this.#place('/api/orders', cart, headers, gateway);
  }

  /** Rows of one of the four databases. */
  async rows<Row extends pg.QueryResultRow>(database: Database, text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.#pool(database).query<Row>(text, values)).rows;
  }

  /** The first row; rejects if there is none. */
  async row<Row extends pg.QueryResultRow>(database: Database, text: string, values: unknown[] = []): Promise<Row> {
    const [row] = await this.rows<Row>(database, text, values);
    if (row === undefined) throw new Error(`no row of ${database} for: ${text} ${JSON.stringify(values)}`);
    return row;
  }

  /** Puts a product with so many units into the catalog. */
  async product(units: number, price = '10.00'): Promise<TestProduct> {
    const id = randomUUID();
    await this.rows(
      'inventory',
      `insert into products (id, name, description, price, currency, stock_quantity, initial_quantity)
       values ($1, $2, 'Made for a test', $3, 'USD', $4, $4)`,
      [id, `Test product ${id.slice(0, 8)}`, price, units],
    );
    return { id, price };
  }

  /** Units of a product that are left and that are reserved. */
  stock(productId: string): Promise<{ stock: number; reserved: number }> {
    const text = 'select stock_quantity as stock, reserved_quantity as reserved from products where id = $1';
    return this.row('inventory', text, [productId]);
  }

  /** The saga of an order, as its row says. */
  saga(orderId: string): Promise<{ status: string; currentStep: string | null; failure: { code: string } | null }> {
    const text = 'select status, current_step as "currentStep", failure from saga_state where business_key = $1';
    return this.row('orchestrator', text, [orderId]);
  }

  /** Waits until the user has an order on its way, and returns its id. */
  orderOf(userId: string): Promise<string> {
    const text = `select business_key as id from saga_state where input ->> 'userId' = $1`;
    const first = async () => (await this.rows<{ id: string }>('orchestrator', text, [userId]))[0]?.id;
    return eventually(`a checkout of ${userId}`, first, { everyMs: 5 });
  }

  /** Waits until the order's saga is in the status. */
  async sagaIs(orderId: string, status: string): Promise<void> {
    await eventually(
      `the saga of order ${orderId} to be ${status}`,
      async () => {
        const saga = await this.saga(orderId);
        if (saga.status !== status) throw new Error(`it is ${saga.status} at ${saga.currentStep}`);
        return true;
      },
      { timeoutMs: 40_000 },
    );
  }

  /** Waits until the order's saga has come to the step. */
  async sagaAt(orderId: string, step: string): Promise<void> {
    const isThere = async () => (await this.saga(orderId)).currentStep === step;
    await eventually(`the saga of order ${orderId} to be at ${step}`, isThere, { everyMs: 5 });
  }

  async sagasUnderWay(): Promise<number> {
    const text = `select count(*)::int as count from saga_state where status not in ('COMPLETED', 'COMPENSATED')`;
    return (await this.row<{ count: number }>('orchestrator', text)).count;
  }

  /** Waits until no saga is under way any more. */
  async settled(timeoutMs = 60_000): Promise<void> {
    const none = async () => (await this.sagasUnderWay()) === 0;
    await eventually('all sagas to end', none, { timeoutMs });
  }

  /** The order's log entries, `EVENT step` each. */
  async journal(orderId: string): Promise<string[]> {
    const text = `select concat_ws(' ', l.event, l.step) as entry from saga_logs l join saga_state s using (saga_id)
      where s.business_key = $1 order by l.seq`;
    return (await this.rows<{ entry: string }>('orchestrator', text, [orderId])).map(({ entry }) => entry);
  }

  /** What the auditor finds wrong once all sagas have ended. */
  async problems(): Promise<string[]> {
    const { acknowledged, address } = this;
    const broker = { url: address.rabbitmqUrl, managementUrl: address.managementUrl };
    return auditBooks({ databaseUrls: address.databases, moment: 'rest', broker, acknowledged, byHand });
  }

  /** What the auditor finds wrong right now, while sagas may be under way. */
  problemsUnderLoad(): Promise<string[]> {
    return auditBooks({ databaseUrls: this.address.databases, moment: 'any' });
  }

  /** A connection to the broker, for commands by hand. The caller closes it. */
  rabbit(): Promise<Rabbit> {
    return Rabbit.connect(this.address.rabbitmqUrl);
  }

  async close(): Promise<void> {
    for (const gateway of this.gateways) await gateway.close();
    for (const pool of this.#pools.values()) await pool.end();
    this.#pools.clear();
  }

  #pool(database: Database): pg.Pool {
    const known = this.#pools.get(database);
    if (known) return known;
    const pool = new pg.Pool({ connectionString: this.address.databases[database], max: 3 });
    pool.on('error', () => {}); // the database is restarted by some tests; the next query connects anew
    this.#pools.set(database, pool);
    return pool;
  }

  async #place(
    path: string,
    cart: Cart,
    headers: Record<string, string> | undefined,
    gateway: HttpClient,
  ): Promise<Answer> {
    const answer = await gateway.post(path, cart, headers);
    const { orderId, sagaId } = answer.body ?? {};
    if (orderId !== undefined && sagaId !== undefined)
      this.acknowledged.push({ orderId, sagaId, status: path === '/api/orders' ? 202 : answer.status });
    return answer;
  }
}
