import { describe, expect, it } from 'vitest';
import { BACKPACK, type Cart, cartOf, type Line, line } from './support/cart.js';
import type { Answer } from './support/http.js';
import { sharedShop } from './support/shared-shop.js';
import type { TestProduct } from './support/shop-client.js';
import { seeded, shuffled } from './support/shuffle.js';

// The shared shop has two processes that reserve, so that rounds of both meet at the same rows.
const shop = sharedShop();
const UNITS = 50;
const CUSTOMERS = 200;

/** All at once. Whoever is not sold to must be told that it is out of stock, and nothing else. */
async function rush(cartFor: (customer: number) => Cart): Promise<Answer[]> {
  const answers = await Promise.all(
    Array.from({ length: CUSTOMERS }, (_, customer) => shop.checkout(cartFor(customer))),
  );
  const unexpected = answers.filter(({ status, body }) => status !== 201 && body.code !== 'INSUFFICIENT_STOCK');
  expect(unexpected.map(({ status, body }) => ({ status, body }))).toEqual([]);
  return answers.filter(({ status }) => status === 201);
}

async function expectSold(product: TestProduct, units: number): Promise<void> {
  expect(await shop.stock(product.id)).toEqual({ stock: UNITS - units, reserved: units });
  const text = `select coalesce(sum(quantity), 0)::int as units from reservations where product_id = $1 and status = 'RESERVED'`;
  expect(await shop.row('inventory', text, [product.id])).toEqual({ units });
}

describe(`${CUSTOMERS} customers at once, ${UNITS} units`, () => {
  it.each([1, 2, 3])('one product, one unit each: exactly 50 are sold (run %i)', async () => {
    const hot = await shop.product(UNITS);
    expect(await rush(() => cartOf([line(hot)]))).toHaveLength(UNITS);
    await expectSold(hot, UNITS);
  });

  it('beside something that is plenty, before and after it: exactly 50 are sold', async () => {
    const hot = await shop.product(UNITS);
    const sold = await rush((customer) =>
      cartOf(customer % 2 ? [line(hot), line(BACKPACK)] : [line(BACKPACK), line(hot)]),
    );
    expect(sold).toHaveLength(UNITS);
    await expectSold(hot, UNITS);
  });

  it.each([1, 2, 3])('two scarce products, lines in any order: exactly 50 pairs are sold (seed %i)', async (seed) => {
    const random = seeded(seed);
    const pair = [await shop.product(UNITS), await shop.product(UNITS)];
    const sold = await rush(() => cartOf(shuffled(pair, random).map((product) => line(product))));
    expect(sold).toHaveLength(UNITS);
    for (const product of pair) await expectSold(product, UNITS);
  });

  it('three scarce products, each customer wants two of them: nothing is oversold, and nothing sellable is left', async () => {
    const random = seeded(4);
    const trio = [await shop.product(UNITS), await shop.product(UNITS), await shop.product(UNITS)];
    const sold = await rush(() =>
      cartOf(
        shuffled(trio, random)
          .slice(0, 2)
          .map((product) => line(product)),
      ),
    );
    const left = await Promise.all(trio.map(async ({ id }) => (await shop.stock(id)).stock));
    expect(left.reduce((sum, stock) => sum + stock, 0)).toBe(3 * UNITS - 2 * sold.length);
    expect(left.filter((stock) => stock > 0).length).toBeLessThan(2);
  });

  it('several units each: what is sold and what is left make 50, and nobody was refused what was there', async () => {
    const random = seeded(5);
    const hot = await shop.product(UNITS);
    const items = Array.from({ length: CUSTOMERS }, (): Line[] => [line(hot, 1 + Math.floor(random() * 4))]);
    const sold = await rush((customer) => cartOf(items[customer] as Line[]));
    const { stock, reserved } = await shop.stock(hot.id);
    expect(stock + reserved).toBe(UNITS);
    expect(sold.length).toBeGreaterThanOrEqual(Math.floor(UNITS / 4));
    expect(stock).toBe(0); // somebody wanted the last single ones
  });
});

describe('cards that are declined in between', () => {
  it('give their units back: in the end the books balance, and never more than 50 are sold', async () => {
    const hot = await shop.product(UNITS);
    const method = (customer: number) => (customer % 3 ? 'tok_visa' : 'tok_declined');
    const answers = await Promise.all(
      Array.from({ length: CUSTOMERS }, (_, customer) => shop.checkout(cartOf([line(hot)], method(customer)))),
    );
    const sold = answers.filter(({ status }) => status === 201).length;
    expect(sold).toBeGreaterThan(0);
    expect(await shop.stock(hot.id)).toEqual({ stock: UNITS - sold, reserved: sold });
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 402, 409]));
  });
});
