import { expect, it } from 'vitest';
import { type Cart, cartOf, line } from '../support/cart.js';
import { PATIENTLY } from '../support/http.js';
import { numbers, others } from '../support/racing.js';
import { sharedShop } from '../support/shared-shop.js';
import type { TestProduct } from '../support/shop-client.js';

const shop = sharedShop();
const CUSTOMERS = 200;
const UNITS = 150;

const deadlocks = async (): Promise<number> => {
  const text = 'select deadlocks::int as n from pg_stat_database where datname = current_database()';
  return (await shop.row<{ n: number }>('inventory', text)).n;
};

/** One unit of each, in the one order or the other; every third card is declined, so that reservations are given back. */
function cartFor(customer: number, [a, b]: readonly [TestProduct, TestProduct]): Cart {
  const lines = [line(a), line(b)];
  return cartOf(customer % 2 ? lines : lines.toReversed(), customer % 3 ? 'tok_visa' : 'tok_declined');
}

/** Reservations that were under way while another of the opposite order was. */
const met = `with spans as (
    select s.saga_id, s.input -> 'items' -> 0 ->> 'productId' as first,
      min(l.created_at) filter (where l.event = 'STEP_STARTED') as began,
      min(l.created_at) filter (where l.event <> 'STEP_STARTED') as ended
    from saga_logs l join saga_state s using (saga_id)
    where s.business_key = any ($1) and l.step = 'reserveInventory' and l.event in ('STEP_STARTED', 'STEP_COMPLETED', 'STEP_REFUSED')
    group by 1, 2
  ) select count(*)::int as n from spans one where exists (
    select 1 from spans other where other.first <> one.first and other.began < one.ended and one.began < other.ended
  )`;

it.each([1, 2, 3])('the same two products in opposite order: nobody waits in a circle (round %i)', async () => {
  const pair = [await shop.product(UNITS), await shop.product(UNITS)] as const;
  const before = await deadlocks();
  const answers = await Promise.all(
    numbers(CUSTOMERS).map((customer) =>
      shop.checkout(cartFor(customer, pair), PATIENTLY, shop.gateways[customer % 2]),
    ),
  );
  expect(others(answers, 201, 402, 409)).toEqual([]);
  const sold = answers.filter(({ status }) => status === 201).length;
  expect(sold).toBeGreaterThan(0);
  for (const { id } of pair) expect(await shop.stock(id)).toEqual({ stock: UNITS - sold, reserved: sold });
  const orderIds = answers.map(({ body }) => body.orderId);
  const { n } = await shop.row<{ n: number }>('orchestrator', met, [orderIds]);
  expect(n).toBeGreaterThan(CUSTOMERS / 4);
  // Postgres's own count of circles that it had to break.
  expect((await deadlocks()) - before).toBe(0);
});
