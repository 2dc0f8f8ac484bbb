import type { Database, InvariantName } from '@saga-checkout/auditor';

/** The rows that are tampered with: a product, and orders of it. */
export interface Stage {
  readonly product: string;
  readonly confirmed: string;
  readonly another: string;
  readonly declined: string;
  readonly refunded: string;
}

/** A statement; `$product`, `$confirmed` and so on stand for the stage's rows. */
export type Change = readonly [database: Database, text: string];

/** Something done to the books on purpose. */
export interface Breach {
  readonly what: string;
  /** The invariants that it breaks, in order. */
  readonly finds: readonly InvariantName[];
  /** By which ids a person is told of the first of them. */
  readonly ids: Readonly<Record<string, keyof Stage>>;
  readonly breaks: readonly Change[];
  readonly mends: readonly Change[];
}

/** Keeps a table's rows aside, so that they can be put back as they were. */
const aside = (database: Database, table: string, rows: string): Pick<Breach, 'breaks' | 'mends'> => ({
  breaks: [[database, `create table aside as select * from ${table} where ${rows}`]],
  mends: [[database, 'drop table aside']],
});

const inventory = (text: string): Change => ['inventory', text];
const orders = (text: string): Change => ['orders', text];
const payments = (text: string): Change => ['payments', text];
const journal = (text: string): Change => ['orchestrator', text];

const sagaOf = (order: string) => `(select saga_id from saga_state where business_key = ${order})`;

const kept = aside('payments', 'provider_ledger', `idempotency_key = $refunded and kind = 'REFUND'`);

/** Two compensations of an order's saga change places. */
const swapped = `update saga_logs set step = case step when 'createOrder' then 'reserveInventory' else 'createOrder' end
  where event in ('COMPENSATION_STARTED', 'STEP_COMPENSATED') and saga_id = ${sagaOf('$declined')}`;

/** A saga of a definition that no orchestrator has; its journal is as it should be. */
const ERRAND = `with errand as (
    insert into saga_state (saga_id, saga_type, version, status, business_key, current_step, input, steps, revision, log_seq,
      due_at, created_at, updated_at)
    values (gen_random_uuid(), 'errand', 1, 'RUNNING', $confirmed, 'go', '{}',
      '{"go": {"status": "RUNNING", "attempt": 1, "failures": 0, "waiting": {"dueAt": 1}}}', 1, 2, DUE, now(), now())
    returning saga_id
  ) insert into saga_logs (saga_id, seq, event, step, attempt, data, created_at)
    select saga_id, 1, 'SAGA_STARTED', null, null,
      jsonb_build_object('type', 'errand', 'version', 1, 'businessKey', $confirmed, 'steps', '["go"]'::jsonb), now() from errand
    union all select saga_id, 2, 'STEP_STARTED', 'go', 1, '{"dueAt": 1}', now() from errand`;

const NO_ERRANDS = [
  journal(`delete from saga_logs where saga_id in (select saga_id from saga_state where saga_type = 'errand')`),
  journal(`delete from saga_state where saga_type = 'errand'`),
];

export const BREACHES: readonly Breach[] = [
  {
    what: 'a unit that vanished',
    finds: ['I1'],
    ids: { productId: 'product' },
    breaks: [inventory('update products set stock_quantity = stock_quantity - 1 where id = $product')],
    mends: [inventory('update products set stock_quantity = stock_quantity + 1 where id = $product')],
  },
  {
    what: 'stock below zero',
    finds: ['I1', 'I2'],
    ids: { productId: 'product' },
    breaks: [
      inventory('alter table products drop constraint products_stock_not_negative'),
      inventory(
        'update products set stock_quantity = stock_quantity - 20, reserved_quantity = reserved_quantity + 20 where id = $product',
      ),
    ],
    mends: [
      inventory(
        'update products set stock_quantity = stock_quantity + 20, reserved_quantity = reserved_quantity - 20 where id = $product',
      ),
      inventory('alter table products add constraint products_stock_not_negative check (stock_quantity >= 0)'),
    ],
  },
  {
    what: 'a unit reserved for nobody',
    finds: ['I2'],
    ids: { productId: 'product' },
    breaks: [
      inventory(
        'update products set stock_quantity = stock_quantity - 1, reserved_quantity = reserved_quantity + 1 where id = $product',
      ),
    ],
    mends: [
      inventory(
        'update products set stock_quantity = stock_quantity + 1, reserved_quantity = reserved_quantity - 1 where id = $product',
      ),
    ],
  },
  {
    what: 'a product reserved twice for one order',
    finds: ['I3'],
    ids: { orderId: 'declined', productId: 'product' },
    breaks: [
      inventory('alter table reservations drop constraint reservations_once_per_order_and_product'),
      inventory(`insert into reservations select gen_random_uuid(), order_id, product_id, quantity, price, status, created_at, updated_at
        from reservations where order_id = $declined`),
    ],
    mends: [
      inventory(
        'delete from reservations where order_id = $declined and id <> (select min(id::text)::uuid from reservations where order_id = $declined)',
      ),
      inventory(
        'alter table reservations add constraint reservations_once_per_order_and_product unique (order_id, product_id)',
      ),
    ],
  },
  {
    what: 'a reservation that was released twice',
    finds: ['I3'],
    ids: { orderId: 'declined' },
    breaks: [inventory('update order_reservations set version = version + 1 where order_id = $declined')],
    mends: [inventory('update order_reservations set version = version - 1 where order_id = $declined')],
  },
  {
    what: 'a reservation that was released in parts',
    finds: ['I3'],
    ids: { orderId: 'declined', productId: 'product' },
    breaks: [
      inventory(`update reservations set updated_at = updated_at + interval '1 second' where order_id = $declined`),
    ],
    mends: [
      inventory(`update reservations set updated_at = updated_at - interval '1 second' where order_id = $declined`),
    ],
  },
  {
    what: 'a reservation of a confirmed order that was released behind its back',
    finds: ['I2', 'I3', 'I4'],
    ids: { productId: 'product' },
    breaks: [inventory(`update reservations set status = 'RELEASED' where order_id = $confirmed`)],
    mends: [inventory(`update reservations set status = 'RESERVED' where order_id = $confirmed`)],
  },
  {
    what: 'more reserved for a confirmed order than it has',
    finds: ['I4'],
    ids: { orderId: 'confirmed' },
    breaks: [
      inventory('update reservations set quantity = quantity + 1 where order_id = $confirmed'),
      inventory(
        'update products set stock_quantity = stock_quantity - 1, reserved_quantity = reserved_quantity + 1 where id = $product',
      ),
    ],
    mends: [
      inventory(
        'update products set stock_quantity = stock_quantity + 1, reserved_quantity = reserved_quantity - 1 where id = $product',
      ),
      inventory('update reservations set quantity = quantity - 1 where order_id = $confirmed'),
    ],
  },
  {
    what: 'stock kept back for an order that was cancelled',
    finds: ['I5', 'I11'],
    ids: { orderId: 'declined' },
    breaks: [
      inventory(`update order_reservations set status = 'RESERVED' where order_id = $declined`),
      inventory(`update reservations set status = 'RESERVED' where order_id = $declined`),
      inventory(
        'update products set stock_quantity = stock_quantity - 2, reserved_quantity = reserved_quantity + 2 where id = $product',
      ),
    ],
    mends: [
      inventory(
        'update products set stock_quantity = stock_quantity + 2, reserved_quantity = reserved_quantity - 2 where id = $product',
      ),
      inventory(`update reservations set status = 'RELEASED' where order_id = $declined`),
      inventory(`update order_reservations set status = 'RELEASED' where order_id = $declined`),
    ],
  },
  {
    what: 'an order cancelled behind its saga’s back',
    finds: ['I5', 'I7', 'I11'],
    ids: { orderId: 'confirmed' },
    breaks: [
      orders(`update orders set status = 'CANCELLED', cancel_reason = payment_id || ' ' || confirmed_at, payment_id = null,
        confirmed_at = null where id = $confirmed`),
    ],
    mends: [
      orders(`update orders set status = 'CONFIRMED', payment_id = split_part(cancel_reason, ' ', 1)::uuid,
        confirmed_at = substr(cancel_reason, 38)::timestamptz, cancel_reason = null where id = $confirmed`),
    ],
  },
  {
    what: 'more charged than was ordered',
    finds: ['I6', 'I9'],
    ids: { orderId: 'confirmed' },
    breaks: [payments('update payments set amount = amount + 1 where order_id = $confirmed')],
    mends: [payments('update payments set amount = amount - 1 where order_id = $confirmed')],
  },
  {
    what: 'an order that was paid in another currency',
    finds: ['I6', 'I9'],
    ids: { orderId: 'confirmed' },
    breaks: [payments(`update payments set currency = 'JPY' where order_id = $confirmed`)],
    mends: [payments(`update payments set currency = 'USD' where order_id = $confirmed`)],
  },
  {
    what: 'two payments for one order',
    finds: ['I6'],
    ids: { orderId: 'confirmed' },
    breaks: [
      payments('alter table payments drop constraint payments_one_per_order'),
      payments(`insert into payments (id, order_id, status, amount, currency, method, provider, transaction_id)
        select gen_random_uuid(), order_id, status, amount, currency, method, provider, transaction_id from payments
        where order_id = $confirmed`),
    ],
    mends: [
      payments('delete from payments where order_id = $confirmed and version = 1'),
      payments('alter table payments add constraint payments_one_per_order unique (order_id)'),
    ],
  },
  {
    what: 'money of a cancelled order that was not given back',
    finds: ['I7', 'I9'],
    ids: { orderId: 'refunded' },
    breaks: [
      ...kept.breaks,
      payments(`delete from provider_ledger where idempotency_key = $refunded and kind = 'REFUND'`),
    ],
    mends: [payments('insert into provider_ledger overriding system value select * from aside'), ...kept.mends],
  },
  {
    what: 'more given back than was taken',
    finds: ['I8', 'I9'],
    ids: { orderId: 'confirmed' },
    breaks: [
      payments(`insert into provider_ledger (idempotency_key, kind, amount, currency, transaction_id)
        values ($confirmed, 'REFUND', 999, 'USD', 'x')`),
    ],
    mends: [payments(`delete from provider_ledger where idempotency_key = $confirmed and kind = 'REFUND'`)],
  },
  {
    what: 'an order charged twice',
    finds: ['I8', 'I9'],
    ids: { orderId: 'confirmed' },
    breaks: [
      payments('drop index provider_ledger_one_decision'),
      payments(`insert into provider_ledger (idempotency_key, kind, amount, currency, transaction_id)
        select idempotency_key, kind, amount, currency, 'again' from provider_ledger where idempotency_key = $confirmed`),
    ],
    mends: [
      payments(`delete from provider_ledger where transaction_id = 'again'`),
      payments(
        `create unique index provider_ledger_one_decision on provider_ledger (idempotency_key) where kind <> 'REFUND'`,
      ),
    ],
  },
  {
    what: 'a payment of another transaction',
    finds: ['I9'],
    ids: { orderId: 'confirmed' },
    breaks: [payments(`update payments set transaction_id = 'not ' || transaction_id where order_id = $confirmed`)],
    mends: [payments('update payments set transaction_id = substr(transaction_id, 5) where order_id = $confirmed')],
  },
  {
    what: 'a payment declined here and taken there',
    finds: ['I9'],
    ids: { orderId: 'declined' },
    breaks: [
      payments(`update payments set status = 'CANCELLED', refund_reason = decline_code || ' ' || decline_message,
        decline_code = null, decline_message = null where order_id = $declined`),
      payments(`update provider_ledger set kind = 'CAPTURE', transaction_id = 'x' || decline_code, decline_code = null
        where idempotency_key = $declined`),
      payments(`insert into provider_ledger (idempotency_key, kind, amount, currency, transaction_id)
        select idempotency_key, 'REFUND', amount, currency, transaction_id from provider_ledger where idempotency_key = $declined`),
    ],
    mends: [
      payments(`delete from provider_ledger where idempotency_key = $declined and kind = 'REFUND'`),
      payments(`update provider_ledger set kind = 'DECLINE', decline_code = substr(transaction_id, 2), transaction_id = null
        where idempotency_key = $declined`),
      payments(`update payments set status = 'FAILED', decline_code = split_part(refund_reason, ' ', 1),
        decline_message = substr(refund_reason, 2 + length(split_part(refund_reason, ' ', 1))), refund_reason = null
        where order_id = $declined`),
    ],
  },
  {
    what: 'an entry at the provider without a payment here',
    finds: ['I7', 'I9', 'I11'],
    ids: {},
    breaks: [
      payments(`update provider_ledger set idempotency_key = 'x' || $confirmed where idempotency_key = $confirmed`),
    ],
    mends: [
      payments(`update provider_ledger set idempotency_key = $confirmed where idempotency_key = 'x' || $confirmed`),
    ],
  },
  {
    what: 'a total that is not the sum of its lines',
    finds: ['I6', 'I10'],
    ids: { orderId: 'confirmed' },
    breaks: [orders('update orders set total = total + 1 where id = $confirmed')],
    mends: [orders('update orders set total = total - 1 where id = $confirmed')],
  },
  {
    what: 'a line at another price than the catalog’s',
    finds: ['I10'],
    ids: { orderId: 'confirmed' },
    breaks: [inventory('update reservations set price = price + 1 where order_id = $confirmed')],
    mends: [inventory('update reservations set price = price - 1 where order_id = $confirmed')],
  },
  {
    what: 'an order in another currency than the catalog’s',
    finds: ['I10'],
    ids: {},
    breaks: [inventory(`update products set currency = 'JPY' where id = $product`)],
    mends: [inventory(`update products set currency = 'USD' where id = $product`)],
  },
  {
    what: 'an order over something else than the customer sent',
    finds: ['I10'],
    ids: { orderId: 'confirmed' },
    breaks: [
      journal(
        `update saga_state set input = jsonb_set(input, '{items,0,quantity}', '1') where business_key = $confirmed`,
      ),
    ],
    mends: [
      journal(
        `update saga_state set input = jsonb_set(input, '{items,0,quantity}', '2') where business_key = $confirmed`,
      ),
    ],
  },
  {
    what: 'an order without a saga',
    finds: ['I11', 'I13', 'I15'],
    ids: { orderId: 'confirmed' },
    breaks: [journal(`update saga_state set business_key = 'gone ' || $confirmed where business_key = $confirmed`)],
    mends: [journal(`update saga_state set business_key = $confirmed where business_key = 'gone ' || $confirmed`)],
  },
  {
    what: 'a saga that hangs, with nothing to wake it',
    finds: ['I12', 'I13'],
    ids: {},
    breaks: [journal(`update saga_state set status = 'RUNNING', completed_at = null where business_key = $confirmed`)],
    mends: [
      journal(`update saga_state set status = 'COMPLETED', completed_at = now() where business_key = $confirmed`),
    ],
  },
  {
    what: 'a saga that has ended and would be woken',
    finds: ['I12'],
    ids: {},
    breaks: [journal(`update saga_state set due_at = now() + interval '1 day' where business_key = $confirmed`)],
    mends: [journal('update saga_state set due_at = null where business_key = $confirmed')],
  },
  {
    what: 'a saga, of another definition, that nobody has woken for two minutes',
    finds: ['I12'],
    ids: {},
    breaks: [journal(ERRAND.replace('DUE', `now() - interval '2 minutes'`))],
    mends: NO_ERRANDS,
  },
  {
    what: 'a gap in a journal',
    finds: ['I13'],
    ids: { orderId: 'confirmed' },
    breaks: [journal(`update saga_logs set seq = 99 where seq = 4 and saga_id = ${sagaOf('$confirmed')}`)],
    mends: [journal(`update saga_logs set seq = 4 where seq = 99 and saga_id = ${sagaOf('$confirmed')}`)],
  },
  {
    what: 'something after the end',
    finds: ['I13'],
    ids: { orderId: 'confirmed' },
    breaks: [
      journal(`insert into saga_logs (saga_id, seq, event, data, created_at)
        select saga_id, log_seq + 1, 'SAGA_CLAIMED', '{}', now() from saga_state where business_key = $confirmed`),
    ],
    mends: [
      journal(
        `delete from saga_logs l using saga_state s where s.saga_id = l.saga_id and seq > log_seq and business_key = $confirmed`,
      ),
    ],
  },
  {
    what: 'a row that is not what its journal tells',
    finds: ['I13'],
    ids: { orderId: 'declined' },
    breaks: [
      journal(
        `update saga_state set steps = jsonb_set(steps, '{createOrder,attempt}', '7') where business_key = $declined`,
      ),
    ],
    mends: [
      journal(
        `update saga_state set steps = jsonb_set(steps, '{createOrder,attempt}', '1') where business_key = $declined`,
      ),
    ],
  },
  {
    what: 'a journal without a saga',
    finds: ['I13'],
    ids: {},
    breaks: [
      journal(`insert into saga_logs (saga_id, seq, event, data, created_at)
        values ('00000000-0000-7000-8000-000000000000', 1, 'SAGA_CLAIMED', '{}', now())`),
    ],
    mends: [journal(`delete from saga_logs where saga_id = '00000000-0000-7000-8000-000000000000'`)],
  },
  {
    what: 'compensations in the order of the steps',
    finds: ['I14'],
    ids: { orderId: 'declined' },
    breaks: [journal(swapped)],
    mends: [journal(swapped)],
  },
  {
    what: 'two sagas of one order, and none of the other',
    finds: ['I11', 'I13', 'I15'],
    ids: { orderId: 'another' },
    breaks: [
      journal('drop index saga_state_business_key'),
      journal('update saga_state set business_key = $confirmed, owner = business_key where business_key = $another'),
    ],
    mends: [
      journal('update saga_state set business_key = owner where owner = $another'),
      journal('create unique index saga_state_business_key on saga_state (business_key text_pattern_ops, saga_type)'),
    ],
  },
  {
    what: 'an idempotency key with two sagas',
    finds: ['I15'],
    ids: {},
    breaks: [
      journal('alter table saga_state drop constraint saga_state_idempotency_key'),
      journal(`update saga_state a set (idempotency_scope, idempotency_key, owner) =
          (select idempotency_scope, idempotency_key, a.idempotency_scope || ' ' || a.idempotency_key from saga_state b where b.business_key = $another)
        where business_key = $confirmed`),
    ],
    mends: [
      journal(`update saga_state set idempotency_scope = split_part(owner, ' ', 1), idempotency_key = split_part(owner, ' ', 2)
        where business_key = $confirmed`),
      journal(
        'alter table saga_state add constraint saga_state_idempotency_key unique (idempotency_scope, idempotency_key)',
      ),
    ],
  },
  {
    what: 'an idempotency key without a fingerprint',
    finds: ['I15'],
    ids: {},
    breaks: [journal(`update saga_state set request_fingerprint = null where business_key = $confirmed`)],
    mends: [journal(`update saga_state set request_fingerprint = 'put back' where business_key = $confirmed`)],
  },
  {
    what: 'a dead letter of no saga',
    finds: ['I16'],
    ids: {},
    breaks: [
      journal(`insert into dead_letters (id, queue, reason, saga_id, content)
        values ('breach', 'order_commands', 'INVALID_PAYLOAD', '00000000-0000-7000-8000-000000000000', '{}')`),
    ],
    mends: [journal(`delete from dead_letters where id = 'breach'`)],
  },
];
