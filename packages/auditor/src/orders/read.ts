import type { Sources } from '../databases/sources.js';
import { nextKey, Stream } from '../databases/stream.js';
import { uuidsAmong } from '../ids.js';
import type { Books, LedgerRow, OrderRow, PaymentRow, ReservedRow, SagaRow } from './rows.js';

/** All orders are read if `$1` is null, otherwise those named. */
const chosen = (column: string, type: 'uuid' | 'text') => `($1::text[] is null or ${column} = any($1::${type}[]))`;

const epochMs = (column: string) => `(extract(epoch from ${column}) * 1000)::float8 as "createdAt"`;

const ORDERS = `
  select o.id::text as key, o.status, o.total::text, o.currency, o.payment_id::text as "paymentId", l.sum, l.lines,
    ${epochMs('o.created_at')}
  from orders o, lateral (
    select sum(quantity * price)::text as sum,
      json_agg(json_build_array(product_id, quantity, price::text) order by line) as lines
    from order_items i where i.order_id = o.id
  ) l where ${chosen('o.id', 'uuid')} order by o.id`;

const RESERVED = `
  select o.order_id::text as key, o.status, l.lines, l.currencies, ${epochMs('o.created_at')}
  from order_reservations o, lateral (
    select json_agg(json_build_array(product_id, quantity, r.price::text, r.status) order by product_id) as lines,
      json_agg(distinct p.currency) as currencies
    from reservations r join products p on p.id = r.product_id where r.order_id = o.order_id
  ) l where ${chosen('o.order_id', 'uuid')} order by o.order_id`;

const PAYMENTS = `
  select order_id::text as key, id::text, status, amount::text, currency, transaction_id as "transactionId",
    ${epochMs('created_at')}
  from payments where ${chosen('order_id', 'uuid')} order by order_id`;

const LEDGER = `
  select idempotency_key as key, kind, amount::text, currency, transaction_id as "transactionId"
  from provider_ledger where ${chosen('idempotency_key', 'text')} order by idempotency_key collate "C", id`;

/** A saga that goes on from an ended one has a business key of its own; the order's id is in its input. */
function sagas(columns: ReadonlySet<string>): string {
  const restartedFrom = columns.has('context') ? `context #>> '{restartedFrom,sagaId}'` : 'null::text';
  const key = `case when ${restartedFrom} is null then business_key else coalesce(input ->> 'orderId', business_key) end`;
  return `
    select ${key} as key, saga_id::text as "sagaId", status, input -> 'items' as items,
      input ->> 'currency' as currency, ${restartedFrom} as "restartedFrom"
    from saga_state where saga_type = 'checkout' and ${chosen(key, 'text')}
    order by (${key}) collate "C", saga_id`;
}

/** What the four databases say, order by order, in the order of their ids; of all orders, or of those named. */
export async function* allBooks(sources: Sources, only?: readonly string[]): AsyncGenerator<Books> {
  const named = [only ?? null];
  const namedUuids = [only ? uuidsAmong(only) : null];
  const orders = new Stream(sources.orders.pages<OrderRow>(ORDERS, namedUuids));
  const reserved = new Stream(sources.inventory.pages<ReservedRow>(RESERVED, namedUuids));
  const payments = new Stream(sources.payments.pages<PaymentRow>(PAYMENTS, namedUuids));
  const ledger = new Stream(sources.payments.pages<LedgerRow>(LEDGER, named));
  const columns = await sources.orchestrator.columns('saga_state');
  const journal = new Stream(sources.orchestrator.pages<SagaRow>(sagas(columns), named));
  const all = [orders, reserved, payments, ledger, journal];
  for (let key = await nextKey(all); key !== undefined; key = await nextKey(all)) {
    yield {
      orderId: key,
      order: (await orders.take(key))[0],
      reserved: (await reserved.take(key))[0],
      payments: await payments.take(key),
      ledger: await ledger.take(key),
      sagas: await journal.take(key),
    };
  }
}
