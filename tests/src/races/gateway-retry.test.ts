import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Cart, cartOf, line } from '../support/cart.js';
import { eventually } from '../support/eventually.js';
import { type Answer, PATIENTLY } from '../support/http.js';
import { numbers, others, sharedProcesses } from '../support/racing.js';
import { sharedShop } from '../support/shared-shop.js';
import { Watch } from '../support/watch.js';

const shop = sharedShop();
const processes = sharedProcesses();
const CUSTOMERS = 40;
const [here = shop.gateway, there = shop.gateway] = shop.gateways;

interface Customer {
  readonly cart: Cart;
  readonly key: { readonly 'idempotency-key': string };
}

const customers = (productId: string, method: string): Customer[] =>
  numbers(CUSTOMERS).map(() => ({
    cart: cartOf([line({ id: productId, price: '10.00' })], method),
    key: { 'idempotency-key': randomUUID() },
  }));

/** Each was told the same twice: it is one order, one saga, one payment. */
async function expectOneEach(productId: string, of: readonly Customer[], answers: readonly (readonly Answer[])[]) {
  expect(others(answers.flat(), 201)).toEqual([]);
  const orderIds = answers.map(([first]) => first?.body.orderId as string);
  expect(answers.map((each) => each.map(({ body }) => body))).toEqual(
    answers.map((each) => each.map(() => each[0]?.body)),
  );
  const users = of.map(({ cart }) => cart.userId);
  const sagas = `select business_key as id from saga_state where input ->> 'userId' = any ($1) order by 1`;
  const one = orderIds.toSorted().map((id) => ({ id }));
  expect(await shop.rows('orchestrator', sagas, [users])).toEqual(one);
  expect(await shop.rows('orders', 'select id from orders where user_id = any ($1) order by 1', [users])).toEqual(one);
  const captures = `select count(*)::int as n from provider_ledger where idempotency_key = any ($1) and kind = 'CAPTURE'`;
  expect(await shop.row('payments', captures, [orderIds])).toEqual({ n: CUSTOMERS });
  expect(await shop.stock(productId)).toEqual({ stock: 0, reserved: CUSTOMERS });
}

describe('a try again at another gateway', () => {
  it('at the same instant is the same checkout', async () => {
    const { id } = await shop.product(CUSTOMERS);
    const all = customers(id, 'tok_visa');
    const twice = ({ cart, key }: Customer) =>
      Promise.all([here, there].map((door) => shop.checkout(cart, { ...key, ...PATIENTLY }, door)));
    const answers = await Promise.all(all.map(twice));
    await expectOneEach(id, all, answers);
    const replayed = answers.map((each) => each.filter(({ headers }) => headers['idempotent-replayed']).length);
    expect(replayed).toEqual(all.map(() => 1));
  });

  it('while the first is slow gets the outcome of the first', async () => {
    const { id } = await shop.product(CUSTOMERS);
    const all = customers(id, 'tok_slow');
    const isPaying = Watch.step(shop, 'processPayment');
    const again = async ({ cart, key }: Customer) => {
      const { orderId } = (await shop.order(cart, key, here)).body;
      await isPaying.reached(orderId);
      return Promise.all([here, there].map((door) => shop.checkout(cart, { ...key, ...PATIENTLY }, door)));
    };
    await expectOneEach(id, all, await Promise.all(all.map(again)));
  });

  it('while the orchestrator that was asked first is stopped: it finds the checkout done when it goes on', async () => {
    const { id } = await shop.product(CUSTOMERS);
    const all = customers(id, 'tok_visa');
    processes.stop('orchestrator');
    let pending = CUSTOMERS;
    const firsts = all.map(async ({ cart, key }) => {
      const answer = await shop.checkout(cart, { ...key, ...PATIENTLY }, here);
      pending -= 1;
      return answer;
    });
    // Impatient: whoever asks the one that is stopped gives up after a second, and asks again.
    const insistent = ({ cart, key }: Customer) =>
      eventually(
        'the other gateway to know the outcome',
        async () => {
          const answer = await shop.checkout(cart, { ...key, prefer: 'wait=1' }, there);
          return answer.status === 201 && answer;
        },
        { timeoutMs: 45_000, everyMs: 50 },
      );
    const seconds = await Promise.all(all.map(insistent));
    const hanging = pending;
    processes.goOn('orchestrator');
    const answers = (await Promise.all(firsts)).map((first, customer) => [first, seconds[customer] as Answer]);
    await expectOneEach(id, all, answers);
    expect(hanging).toBeGreaterThan(CUSTOMERS / 5);
  });
});
