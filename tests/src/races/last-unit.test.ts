import { expect, it } from 'vitest';
import { cartOf, line } from '../support/cart.js';
import { PATIENTLY } from '../support/http.js';
import { sharedShop } from '../support/shared-shop.js';
import type { TestProduct } from '../support/shop-client.js';

const shop = sharedShop();
const BUYERS = 100;
/** Products that are fought for at the same time. */
const AT_ONCE = 3;
const ROUNDS = 5;

interface Fight {
  readonly product: TestProduct;
  /** The order of whoever got it. */
  readonly winner: string;
  readonly orderIds: readonly string[];
}

/** A hundred buyers want the only unit, half of them at each gateway: one gets it, all others are told that it is gone. */
async function fight(): Promise<Fight> {
  const product = await shop.product(1);
  const buyers = Array.from({ length: BUYERS }, (_, buyer) =>
    shop.checkout(cartOf([line(product)]), PATIENTLY, shop.gateways[buyer % 2]),
  );
  const answers = await Promise.all(buyers);
  const sold = answers.filter(({ status }) => status === 201);
  const refused = answers.filter(({ status, body }) => status === 409 && body.code === 'INSUFFICIENT_STOCK');
  expect([sold.length, refused.length]).toEqual([1, BUYERS - 1]);
  return { product, winner: sold[0]?.body.orderId, orderIds: answers.map(({ body }) => body.orderId) };
}

async function expectOneSale({ product, winner }: Fight): Promise<void> {
  expect(await shop.stock(product.id)).toEqual({ stock: 0, reserved: 1 });
  const text = 'select order_id as "orderId", status, quantity from reservations where product_id = $1';
  expect(await shop.rows('inventory', text, [product.id])).toEqual([
    { orderId: winner, status: 'RESERVED', quantity: 1 },
  ]);
}

/** How many had sent for the unit before the winner knew that it was theirs. */
async function rivals({ winner, orderIds }: Fight): Promise<number> {
  const text = `select count(*)::int as n from saga_logs l join saga_state s using (saga_id)
    where s.business_key = any ($1) and s.business_key <> $2 and l.event = 'STEP_STARTED' and l.step = 'reserveInventory'
      and l.created_at < (select w.created_at from saga_logs w join saga_state o using (saga_id)
        where o.business_key = $2 and w.event = 'STEP_COMPLETED' and w.step = 'reserveInventory')`;
  return (await shop.row<{ n: number }>('orchestrator', text, [orderIds, winner])).n;
}

it(`the last unit, ${BUYERS} buyers: it is sold once (${ROUNDS * AT_ONCE} times)`, async () => {
  const contested: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const fights = await Promise.all(Array.from({ length: AT_ONCE }, fight));
    for (const each of fights) {
      await expectOneSale(each);
      contested.push(await rivals(each));
    }
  }
  expect(contested.filter((count) => count > 0).length).toBeGreaterThanOrEqual((ROUNDS * AT_ONCE) / 3);
});
