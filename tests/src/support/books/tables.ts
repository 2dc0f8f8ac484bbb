import pg from 'pg';

export type Database = 'orders' | 'inventory' | 'payments' | 'orchestrator';

/** An order; `total`, `currency` and `userId` are null on a tombstone. `lines`: units per product, summed. */
export interface OrderRow {
  readonly id: string;
  readonly status: string;
  readonly total: string | null;
  readonly currency: string | null;
  readonly paymentId: string | null;
  readonly lines: Readonly<Record<string, { readonly quantity: number; readonly price: string }>>;
}

/** What the inventory knows of an order. `lines`: its reservations per product. */
interface ReservedRow {
  readonly orderId: string;
  readonly status: string;
  readonly lines: Readonly<
    Record<string, { readonly quantity: number; readonly price: string; readonly status: string }>
  >;
}

interface PaymentRow {
  readonly id: string;
  readonly orderId: string;
  readonly status: string;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly transactionId: string | null;
}

/** What the provider has under one key; amounts as text, null where nothing was captured or given back. */
interface LedgerRow {
  readonly key: string;
  readonly captures: number;
  readonly captured: string | null;
  readonly refunded: string | null;
  readonly currency: string | null;
  readonly transactionId: string | null;
}

interface SagaRow {
  readonly sagaId: string;
  readonly orderId: string;
  readonly status: string;
}

/** What four databases say, by order id. Read in an order in which nothing that is checked at any moment can look broken. */
export interface Tables {
  readonly orders: ReadonlyMap<string, OrderRow>;
  readonly reserved: ReadonlyMap<string, ReservedRow>;
  readonly payments: ReadonlyMap<string, PaymentRow>;
  readonly ledger: ReadonlyMap<string, LedgerRow>;
  readonly sagas: ReadonlyMap<string, SagaRow>;
}

/** One connection per database, read-only. */
export class Reader {
  private constructor(private readonly clients: ReadonlyMap<Database, pg.Client>) {}

  static async open(urlFor: (database: Database) => string): Promise<Reader> {
    const clients = new Map<Database, pg.Client>();
    for (const database of ['orders', 'inventory', 'payments', 'orchestrator'] as const) {
      const client = new pg.Client({ connectionString: urlFor(database), application_name: 'auditor' });
      await client.connect();
      await client.query(
        'set default_transaction_read_only = on; set default_transaction_isolation = "repeatable read"',
      );
      clients.set(database, client);
    }
    return new Reader(clients);
  }

  async rows<Row>(database: Database, text: string, values: unknown[] = []): Promise<Row[]> {
    const client = this.clients.get(database) as pg.Client;
    return (await client.query(text, values)).rows as Row[];
  }

  async tables(): Promise<Tables> {
    return {
      orders: await this.#map<OrderRow>('orders', ORDERS, 'id'),
      reserved: await this.#map<ReservedRow>('inventory', RESERVED, 'orderId'),
      payments: await this.#map<PaymentRow>('payments', PAYMENTS, 'orderId'),
      ledger: await this.#map<LedgerRow>('payments', LEDGER, 'key'),
      sagas: await this.#map<SagaRow>('orchestrator', SAGAS, 'orderId'),
    };
  }

  async close(): Promise<void> {
    for (const client of this.clients.values()) await client.end();
  }

  async #map<Row>(database: Database, text: string, key: keyof Row): Promise<Map<string, Row>> {
    return new Map((await this.rows<Row>(database, text)).map((row) => [row[key] as string, row]));
  }
}

const ORDERS = `
  select o.id, o.status, o.total::text, o.currency, o.payment_id as "paymentId", coalesce(l.lines, '{}') as lines
  from orders o left join (
    select order_id, jsonb_object_agg(product_id, jsonb_build_object('quantity', quantity, 'price', price)) as lines
    from (select order_id, product_id, sum(quantity) as quantity, max(price)::text as price
          from order_items group by order_id, product_id) summed group by order_id
  ) l on l.order_id = o.id`;

const RESERVED = `
  select o.order_id as "orderId", o.status, coalesce(l.lines, '{}') as lines
  from order_reservations o left join (
    select order_id,
      jsonb_object_agg(product_id, jsonb_build_object('quantity', quantity, 'price', price::text, 'status', status)) as lines
    from reservations group by order_id
  ) l on l.order_id = o.order_id`;

const PAYMENTS = `
  select id, order_id as "orderId", status, amount::text, currency, transaction_id as "transactionId" from payments`;

const LEDGER = `
  select idempotency_key as key, count(*) filter (where kind = 'CAPTURE')::int as captures,
    (sum(amount) filter (where kind = 'CAPTURE'))::text as captured,
    (sum(amount) filter (where kind = 'REFUND'))::text as refunded,
    max(currency) filter (where kind = 'CAPTURE') as currency,
    max(transaction_id) filter (where kind = 'CAPTURE') as "transactionId"
  from provider_ledger group by idempotency_key`;

const SAGAS = `select saga_id as "sagaId", business_key as "orderId", status from saga_state where saga_type = 'checkout'`;
