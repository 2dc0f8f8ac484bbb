import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from './support/books.js';
import { cartOf, line } from './support/cart.js';
import { eventually } from './support/eventually.js';
import { sharedShop } from './support/shared-shop.js';
import type { TestProduct } from './support/shop-client.js';

/** An auditor who finds nothing wrong is only worth something if he would: each invariant is broken on purpose. */
const shop = sharedShop();
let product: TestProduct;
let confirmed: string;
let declined: string;

beforeAll(async () => {
  product = await shop.product(10);
  confirmed = (await shop.checkout(cartOf([line(product, 2)]))).body.orderId;
  declined = (await shop.checkout(cartOf([line(product, 2)], 'tok_declined'))).body.orderId;
  await shop.settled();
  expect(await shop.problems()).toEqual([]);
});

type Change = readonly [database: Database, text: string];

/** Each change may use $1: the product, $2: the confirmed order, $3: the declined one. */
const BREACHES: readonly (readonly [invariants: readonly string[], what: string, breaks: Change, mends: Change])[] = [
  [
    ['I1'],
    'a unit vanishes',
    ['inventory', 'update products set stock_quantity = stock_quantity - 1 where id = $1'],
    ['inventory', 'update products set stock_quantity = stock_quantity + 1 where id = $1'],
  ],
  [
    ['I2'],
    'a unit is reserved for nobody',
    [
      'inventory',
      'update products set stock_quantity = stock_quantity - 1, reserved_quantity = reserved_quantity + 1 where id = $1',
    ],
    [
      'inventory',
      'update products set stock_quantity = stock_quantity + 1, reserved_quantity = reserved_quantity - 1 where id = $1',
    ],
  ],
  [
    ['I2', 'I3', 'I4'],
    'the reservation of a confirmed order is released',
    ['inventory', `update reservations set status = 'RELEASED' where order_id = $2`],
    ['inventory', `update reservations set status = 'RESERVED' where order_id = $2`],
  ],
  [
    ['I5', 'I7', 'I11'],
    'a confirmed order is cancelled behind its saga’s back',
    [
      'orders',
      `update orders set status = 'CANCELLED', cancel_reason = payment_id || ' ' || confirmed_at, payment_id = null, confirmed_at = null where id = $2`,
    ],
    [
      'orders',
      `update orders set status = 'CONFIRMED', payment_id = split_part(cancel_reason, ' ', 1)::uuid,
       confirmed_at = substr(cancel_reason, 38)::timestamptz, cancel_reason = null where id = $2`,
    ],
  ],
  [
    ['I6', 'I9'],
    'more was charged than ordered',
    ['payments', 'update payments set amount = amount + 1 where order_id = $2'],
    ['payments', 'update payments set amount = amount - 1 where order_id = $2'],
  ],
  [
    ['I8', 'I9'],
    'more is given back than was taken',
    [
      'payments',
      `insert into provider_ledger (idempotency_key, kind, amount, currency, transaction_id) values ($2, 'REFUND', 999, 'USD', 'x')`,
    ],
    ['payments', `delete from provider_ledger where idempotency_key = $2 and kind = 'REFUND'`],
  ],
  [
    ['I7', 'I9'],
    'the provider knows nothing of a payment',
    ['payments', `update provider_ledger set idempotency_key = 'x' || $2 where idempotency_key = $2::text`],
    ['payments', `update provider_ledger set idempotency_key = $2 where idempotency_key = 'x' || $2::text`],
  ],
  [
    ['I10'],
    'a line costs something else than the catalog said',
    ['orders', 'update order_items set price = price + 1 where order_id = $2'],
    ['orders', 'update order_items set price = price - 1 where order_id = $2'],
  ],
  [
    ['I11', 'I15'],
    'an order has no saga',
    ['orchestrator', `update saga_state set business_key = 'gone ' || $2 where business_key = $2::text`],
    ['orchestrator', `update saga_state set business_key = $2 where business_key = 'gone ' || $2::text`],
  ],
  [
    ['I11', 'I12', 'I13', 'I15'],
    'a saga hangs, with nothing to wake it',
    ['orchestrator', `update saga_state set status = 'RUNNING', completed_at = null where business_key = $2`],
    ['orchestrator', `update saga_state set status = 'COMPLETED', completed_at = now() where business_key = $2`],
  ],
  [
    ['I13'],
    'the journal has a gap',
    [
      'orchestrator',
      `update saga_logs set seq = 99 where seq = 4 and saga_id = (select saga_id from saga_state where business_key = $2)`,
    ],
    [
      'orchestrator',
      `update saga_logs set seq = 4 where seq = 99 and saga_id = (select saga_id from saga_state where business_key = $2)`,
    ],
  ],
  [
    ['I13'],
    'something happens after the end',
    [
      'orchestrator',
      `insert into saga_logs (saga_id, seq, event, data, created_at)
       select saga_id, 11, 'SAGA_CLAIMED', '{}', now() from saga_state where business_key = $2`,
    ],
    [
      'orchestrator',
      `delete from saga_logs where seq = 11 and saga_id = (select saga_id from saga_state where business_key = $2)`,
    ],
  ],
  [
    ['I14'],
    'compensations in the order of the steps',
    ['orchestrator', swapSteps('$3')],
    ['orchestrator', swapSteps('$3')],
  ],
];

/** Lets the compensations of an order’s saga change places. */
function swapSteps(order: string): string {
  return `update saga_logs set step = case step when 'createOrder' then 'reserveInventory' else 'createOrder' end
    where event in ('COMPENSATION_STARTED', 'STEP_COMPENSATED')
      and saga_id = (select saga_id from saga_state where business_key = ${order})`;
}

/** The invariants that the auditor finds broken. */
const broken = async (): Promise<string[]> => [
  ...new Set((await shop.problems()).map((text) => text.split(':')[0] ?? '')),
];

async function change([database, text]: Change): Promise<void> {
  const values = [product.id, confirmed, declined];
  const used = values.map((_, index) => text.includes(`$${index + 1}`));
  // Postgres wants to know each parameter's type: only those that are used are given.
  let number = 0;
  const places = used.map((isUsed) => (isUsed ? ++number : 0));
  const renumbered = text.replace(/\$(\d)/g, (_, index) => `$${places[Number(index) - 1]}`);
  await shop.rows(
    database,
    renumbered,
    values.filter((_, index) => used[index]),
  );
}

describe('the auditor finds', () => {
  it.each(BREACHES)('%j: %s', async (invariants, _, breaks, mends) => {
    await change(breaks);
    const found = await broken();
    await change(mends);
    expect(found).toEqual(invariants);
    expect(await broken()).toEqual([]);
  });

  it('["I15"]: a customer who was told what is not so', async () => {
    const sagaId = crypto.randomUUID();
    shop.acknowledged.push({ orderId: crypto.randomUUID(), sagaId, status: 201 });
    expect(await broken()).toEqual(['I15']);
    shop.acknowledged.pop();
  });

  it('nothing wrong with a saga whose journal was dropped after its time', async () => {
    const { orderId } = (await shop.checkout(cartOf([line(product, 1)]))).body;
    await shop.settled();
    const prune = `with old as (
        update saga_state set pruned_at = now(), input = 'null', steps = '{}' where business_key = $1 returning saga_id
      ) delete from saga_logs using old where saga_logs.saga_id = old.saga_id returning seq`;
    expect(await shop.rows('orchestrator', prune, [orderId])).not.toEqual([]);
    expect(await broken()).toEqual([]);
  });

  it('["I16"]: a dead letter that belongs to nobody', async () => {
    const rabbit = await shop.rabbit();
    await rabbit.publish('order.create', 'no JSON');
    const isThere = async () => (await rabbit.waiting('order_commands.dead_letters')) > 0;
    await eventually('the dead letter', isThere);
    expect(await broken()).toEqual(['I16']);
    await rabbit.takeDeadLetters('order_commands');
    await rabbit.close();
  });
});
