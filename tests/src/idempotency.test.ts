import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BACKPACK, type Cart, cartOf, LIMITED, line } from './support/cart.js';
import type { Answer } from './support/http.js';
import { sharedShop } from './support/shared-shop.js';

const shop = sharedShop();

const newKey = () => ({ 'idempotency-key': randomUUID() });
const replayed = ({ headers }: Answer) => headers['idempotent-replayed'];

async function sagasOf(userId: string): Promise<number> {
  const text = `select count(*)::int as count from saga_state where input ->> 'userId' = $1`;
  return (await shop.row<{ count: number }>('orchestrator', text, [userId])).count;
}

/** All answers are about the same order, and there is no other. */
async function expectOne(cart: Cart, answers: readonly Answer[]): Promise<void> {
  expect(new Set(answers.map(({ body }) => body.orderId)).size).toBe(1);
  expect(await sagasOf(cart.userId)).toBe(1);
  expect(await shop.rows('orders', 'select 1 from orders where user_id = $1', [cart.userId])).toHaveLength(1);
}

describe('the same request twice', () => {
  it('with a key gives one order and the same answer, marked as a replay', async () => {
    const [cart, headers] = [cartOf([line(BACKPACK)]), newKey()];
    const first = await shop.checkout(cart, headers);
    const second = await shop.checkout(cart, headers);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
    expect(second.headers.location).toBe(first.headers.location);
    expect([replayed(first), replayed(second)]).toEqual([undefined, 'true']);
    await expectOne(cart, [first, second]);
  });

  it('with a key, bare and in quotes, is the same request', async () => {
    const [cart, key] = [cartOf([line(BACKPACK)]), randomUUID()];
    const first = await shop.checkout(cart, { 'idempotency-key': key });
    const second = await shop.checkout(cart, { 'idempotency-key': `"${key}"` });
    expect(replayed(second)).toBe('true');
    await expectOne(cart, [first, second]);
  });

  it('without a key, within the window, gives one order and the same answer', async () => {
    const cart = cartOf([line(BACKPACK)]);
    const first = await shop.checkout(cart);
    const second = await shop.checkout(cart);
    expect(second.body).toEqual(first.body);
    expect([replayed(first), replayed(second)]).toEqual([undefined, 'true']);
    await expectOne(cart, [first, second]);
  });

  it('without a key is recognised when the lines stand in another order', async () => {
    const product = await shop.product(100);
    const cart = cartOf([line(BACKPACK), line(product, 2)]);
    const first = await shop.checkout(cart);
    const shuffled = { ...cart, items: [line({ ...product, id: product.id.toUpperCase() }, 2), line(BACKPACK)] };
    await expectOne(cart, [first, await shop.checkout(shuffled)]);
  });

  it('without a key, after the window, is a new checkout', async () => {
    const cart = cartOf([line(BACKPACK)]);
    const first = await shop.checkout(cart);
    const age = `update saga_state set created_at = created_at - interval '61 seconds' where business_key = $1`;
    await shop.rows('orchestrator', age, [first.body.orderId]);
    const second = await shop.checkout(cart);
    expect(second).toMatchObject({ status: 201 });
    expect(second.body.orderId).not.toBe(first.body.orderId);
    expect(replayed(second)).toBeUndefined();
  });

  it('of another user, or with another quantity, is another checkout', async () => {
    const cart = cartOf([line(BACKPACK)]);
    const ids = new Set<string>();
    for (const other of [cart, { ...cart, items: [line(BACKPACK, 2)] }, cartOf([line(BACKPACK)])])
      ids.add((await shop.checkout(other)).body.orderId);
    expect(ids.size).toBe(3);
  });
});

describe('at the same instant', () => {
  it.each([2, 20])('%i times with a key: one order, one answer', async (times) => {
    const [cart, headers] = [cartOf([line(BACKPACK)]), newKey()];
    const answers = await Promise.all(Array.from({ length: times }, () => shop.checkout(cart, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.filter((answer) => replayed(answer) === undefined)).toHaveLength(1);
    await expectOne(cart, answers);
  });

  it.each([2, 20])('%i times without a key: one order, one answer', async (times) => {
    const cart = cartOf([line(BACKPACK)]);
    const answers = await Promise.all(Array.from({ length: times }, () => shop.checkout(cart)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.filter((answer) => replayed(answer) === undefined)).toHaveLength(1);
    await expectOne(cart, answers);
  });

  it('one that comes while the first is under way gets the first one’s outcome', async () => {
    const [cart, headers] = [cartOf([line(BACKPACK)], 'tok_slow'), newKey()];
    const first = shop.checkout(cart, headers);
    await shop.sagaAt(await shop.orderOf(cart.userId), 'processPayment');
    const answers = await Promise.all([first, shop.checkout(cart, headers)]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    await expectOne(cart, answers);
  });
});

describe('a key', () => {
  it('with another body is refused with 422, also while the first is under way', async () => {
    const [cart, headers] = [cartOf([line(BACKPACK)]), newKey()];
    await shop.checkout(cart, headers);
    const other = await shop.checkout({ ...cart, items: [line(BACKPACK, 2)] }, headers);
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED', success: false } });
    expect(await sagasOf(cart.userId)).toBe(1);
  });

  it('of another user is another key', async () => {
    const headers = newKey();
    const [one, other] = [
      await shop.checkout(cartOf([line(BACKPACK)]), headers),
      await shop.checkout(cartOf([line(BACKPACK)]), headers),
    ];
    expect([one.status, other.status]).toEqual([201, 201]);
    expect(one.body.orderId).not.toBe(other.body.orderId);
  });

  it('that is not visible ASCII is refused with 400, and nothing begins', async () => {
    const cart = cartOf([line(BACKPACK)]);
    const answer = await shop.checkout(cart, { 'idempotency-key': 'two words' });
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_HEADER' } });
    expect(await sagasOf(cart.userId)).toBe(0);
  });
});

describe('after a refusal', () => {
  it('with the key the refusal is replayed, also if it would go well now', async () => {
    const product = await shop.product(1);
    const [cart, headers] = [cartOf([line(product, 2)]), newKey()];
    const first = await shop.checkout(cart, headers);
    expect(first).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_STOCK' } });
    await shop.rows(
      'inventory',
      'update products set stock_quantity = 5, restocked_quantity = 4, version = version + 1 where id = $1',
      [product.id],
    );
    const second = await shop.checkout(cart, headers);
    expect(second).toMatchObject({ status: 409, body: { code: 'INSUFFICIENT_STOCK', orderId: first.body.orderId } });
    expect(replayed(second)).toBe('true');
  });

  it('without a key a new checkout begins', async () => {
    const cart = cartOf([line(LIMITED, 6)]);
    const first = await shop.checkout(cart);
    const second = await shop.checkout(cart);
    expect([first.status, second.status]).toEqual([409, 409]);
    expect(second.body.orderId).not.toBe(first.body.orderId);
    expect(replayed(second)).toBeUndefined();
  });

  it('a declined card can be tried again at once, and another one pays', async () => {
    const cart = cartOf([line(BACKPACK)], 'tok_declined');
    expect(await shop.checkout(cart)).toMatchObject({ status: 402 });
    expect(await shop.checkout(cart)).toMatchObject({ status: 402 });
    expect(await shop.checkout({ ...cart, payment: { method: 'tok_visa' } })).toMatchObject({ status: 201 });
  });
});
