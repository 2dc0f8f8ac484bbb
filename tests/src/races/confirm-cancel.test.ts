import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { orderByHand } from '../support/by-hand.js';
import { type Cart, cartOf, line } from '../support/cart.js';
import { type HttpClient, PATIENTLY } from '../support/http.js';
import type { Reply } from '../support/rabbit.js';
import { numbers } from '../support/racing.js';
import { sharedShop } from '../support/shared-shop.js';
import { type Step, Watch } from '../support/watch.js';

const shop = sharedShop();
const ORDERS = 120;
/** How many are on their way at the same time. */
const AT_ONCE = 30;

const at: Readonly<Record<Step, Watch>> = {
  createOrder: Watch.step(shop, 'createOrder'),
  reserveInventory: Watch.step(shop, 'reserveInventory'),
  processPayment: Watch.step(shop, 'processPayment'),
  confirmOrder: Watch.step(shop, 'confirmOrder'),
};
const MOMENTS = Object.values(at);

interface Raced {
  readonly orderId: string;
  /** The answer to the cancel. */
  readonly cancel: number;
  /** What the customer is told who asks again. */
  readonly outcome: number;
  readonly saga: string;
  readonly order: string;
}

/** Orders at one gateway, and cancels at the other as soon as the saga is at one of its steps. */
async function race(cart: Cart, number: number): Promise<Raced> {
  const [door, otherDoor] = number % 2 ? shop.gateways.toReversed() : shop.gateways;
  const key = { 'idempotency-key': randomUUID() };
  const { orderId } = (await shop.order(cart, key, door)).body;
  await MOMENTS[number % MOMENTS.length]?.reached(orderId);
  const { status: cancel } = await (otherDoor ?? shop.gateway).post(`/api/orders/${orderId}/cancel`, {});
  const { status: outcome } = await shop.checkout(cart, { ...key, ...PATIENTLY }, otherDoor);
  const { status: saga } = await shop.saga(orderId);
  const { status: order } = await shop.row<{ status: string }>('orders', 'select status from orders where id = $1', [
    orderId,
  ]);
  return { orderId, cancel, outcome, saga, order };
}

describe('the confirmation of an order against its cancellation', () => {
  it('ends as the cancel was answered: taken, and the order is cancelled; refused, and it is confirmed', async () => {
    const product = await shop.product(ORDERS);
    const raced: Raced[] = [];
    let next = 0;
    const customer = async () => {
      for (let number = next++; number < ORDERS; number = next++)
        raced.push(await race(cartOf([line(product)]), number));
    };
    await Promise.all(numbers(AT_ONCE).map(customer));
    const cancelled = { cancel: 202, outcome: 409, saga: 'COMPENSATED', order: 'CANCELLED' };
    const confirmed = { cancel: 409, outcome: 201, saga: 'COMPLETED', order: 'CONFIRMED' };
    const ends = raced.map(({ orderId: _, ...end }) => end);
    expect(ends).toEqual(ends.map(({ cancel }) => (cancel === 202 ? cancelled : confirmed)));

    const reserved = ends.filter(({ cancel }) => cancel === 409).length;
    expect(await shop.stock(product.id)).toEqual({ stock: ORDERS - reserved, reserved });
    expect(Math.min(reserved, ORDERS - reserved)).toBeGreaterThan(ORDERS / 20);
  });

  it('a cancel that comes twice, at both gateways at the same instant, and again afterwards, is told the same', async () => {
    const product = await shop.product(AT_ONCE);
    const twice = async (number: number) => {
      const { orderId } = (await shop.order(cartOf([line(product)], 'tok_slow'), {}, shop.gateways[number % 2])).body;
      await at.processPayment.reached(orderId);
      const cancel = async (door: HttpClient) => (await door.post(`/api/orders/${orderId}/cancel`, {})).status;
      const atOnce = await Promise.all(shop.gateways.map(cancel));
      await shop.sagaIs(orderId, 'COMPENSATED');
      const journal = await shop.journal(orderId);
      const asked = journal.filter((entry) => entry === 'SAGA_CANCEL_REQUESTED').length;
      return { told: [...atOnce, await cancel(shop.gateway)], asked };
    };
    const cancels = await Promise.all(numbers(AT_ONCE).map(twice));
    expect(cancels).toEqual(cancels.map(() => ({ told: [202, 202, 202], asked: 1 })));
    expect(await shop.stock(product.id)).toEqual({ stock: AT_ONCE, reserved: 0 });
  });

  it('at the participant itself, in two processes at the same instant: exactly one is done', async () => {
    const product = await shop.product(ORDERS, '5.00');
    const items = [{ productId: product.id, quantity: 1, price: '5.00' }];
    const rabbit = await shop.rabbit();
    const orderIds = numbers(ORDERS).map(orderByHand);
    const all = (name: string, more: object) =>
      rabbit.commands(
        name,
        orderIds.map((orderId) => ({ orderId, ...more })),
      );
    await all('order.create', { userId: 'by-hand', items });
    await all('inventory.reserve', { items });
    const paid = await all('payment.process', { amount: '5.00', payment: { method: 'tok_visa' } });

    const races = orderIds.map(async (orderId, number) => {
      const { paymentId } = (paid[number] as Reply).data as { paymentId: string };
      const confirm = () => rabbit.command('order.confirm', { orderId, paymentId });
      const cancel = () => rabbit.command('order.cancel', { orderId, reason: 'a race' });
      const [one, other] = number % 2 ? [confirm(), cancel()] : [cancel(), confirm()];
      const [first, second] = await Promise.all([one, other]);
      return number % 2 ? { confirm: first, cancel: second } : { confirm: second, cancel: first };
    });
    const ends = (await Promise.all(races)).map(({ confirm, cancel }) => [confirm, cancel]);
    const done = expect.objectContaining({ outcome: 'done' });
    const refused = (code: string) => expect.objectContaining({ outcome: 'refused', code });
    expect(ends).toEqual(
      ends.map(([confirm]) =>
        confirm?.outcome === 'done' ? [done, refused('ORDER_CONFIRMED')] : [refused('ORDER_CANCELLED'), done],
      ),
    );
    const lost = orderIds.filter((_, number) => ends[number]?.[0]?.outcome !== 'done');
    expect(Math.min(lost.length, ORDERS - lost.length)).toBeGreaterThan(ORDERS / 20);
    await rabbit.commands(
      'payment.refund',
      lost.map((orderId) => ({ orderId, reason: 'a race' })),
    );
    await rabbit.commands(
      'inventory.release',
      lost.map((orderId) => ({ orderId })),
    );
    await rabbit.close();
  });
});
