import { describe, expect, it } from 'vitest';
import { BACKPACK, cartOf, LIMITED, line, someone } from './support/cart.js';
import type { Answer } from './support/http.js';
import { sharedShop } from './support/shared-shop.js';

const shop = sharedShop();

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer).toMatchObject({ status, body: { success: false, status, code, detail: expect.any(String) } });
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
}

/** Nothing remains of the order but its CANCELLED row: no money moved, nothing reserved. */
async function expectUndone(orderId: string, reason: string): Promise<void> {
  const order = await shop.row('orders', 'select status, cancel_reason from orders where id = $1', [orderId]);
  expect(order).toEqual({ status: 'CANCELLED', cancel_reason: reason });
  const held = await shop.rows('inventory', `select 1 from reservations where order_id = $1 and status <> 'RELEASED'`, [
    orderId,
  ]);
  expect(held).toEqual([]);
  const captured = `select 1 from provider_ledger where idempotency_key = $1 and kind = 'CAPTURE'`;
  expect(await shop.rows('payments', captured, [orderId])).toEqual([]);
  expect(await shop.saga(orderId)).toMatchObject({ status: 'COMPENSATED', failure: { code: reason } });
}

describe('out of stock', () => {
  it('is answered 409 with the product, what was asked and what is there; the order is cancelled, nothing charged', async () => {
    const answer = await shop.checkout(cartOf([line(LIMITED, 6)]));
    expectProblem(answer, 409, 'INSUFFICIENT_STOCK');
    expect(answer.body).toMatchObject({ productId: LIMITED.id, requested: 6, available: LIMITED.units });
    await expectUndone(answer.body.orderId, 'INSUFFICIENT_STOCK');
    expect(await shop.stock(LIMITED.id)).toEqual({ stock: LIMITED.units, reserved: 0 });
    expect(await shop.rows('payments', 'select 1 from payments where order_id = $1', [answer.body.orderId])).toEqual(
      [],
    );
  });

  it('takes back what was done, in the journal too', async () => {
    const { body } = await shop.checkout(cartOf([line(LIMITED, 6)]));
    expect(await shop.journal(body.orderId)).toEqual([
      'SAGA_STARTED',
      'STEP_STARTED createOrder',
      'STEP_COMPLETED createOrder',
      'STEP_STARTED reserveInventory',
      'STEP_REFUSED reserveInventory',
      'COMPENSATION_STARTED createOrder',
      'STEP_COMPENSATED createOrder',
      'SAGA_COMPENSATED',
    ]);
  });

  it('of one line reserves none of the others', async () => {
    const [plenty, scarce] = [await shop.product(10), await shop.product(1)];
    const answer = await shop.checkout(cartOf([line(plenty, 2), line(scarce, 2)]));
    expectProblem(answer, 409, 'INSUFFICIENT_STOCK');
    expect(answer.body).toMatchObject({ productId: scarce.id, requested: 2, available: 1 });
    expect(await shop.stock(plenty.id)).toEqual({ stock: 10, reserved: 0 });
    expect(await shop.stock(scarce.id)).toEqual({ stock: 1, reserved: 0 });
  });

  it('counts all lines of the same product', async () => {
    const scarce = await shop.product(3);
    const answer = await shop.checkout(cartOf([line(scarce, 2), line(scarce, 2)]));
    expect(answer.body).toMatchObject({ code: 'INSUFFICIENT_STOCK', requested: 4, available: 3 });
  });
});

describe('a declined payment', () => {
  it.each(['tok_declined', 'tok_insufficient_funds'])(
    '%s is answered 402; the stock is released, the order cancelled',
    async (method) => {
      const product = await shop.product(4);
      const answer = await shop.checkout(cartOf([line(product, 4)], method));
      expectProblem(answer, 402, 'PAYMENT_DECLINED');
      const { orderId } = answer.body;
      await expectUndone(orderId, 'PAYMENT_DECLINED');
      expect(await shop.stock(product.id)).toEqual({ stock: 4, reserved: 0 });
      expect(await shop.row('payments', 'select status from payments where order_id = $1', [orderId])).toEqual({
        status: 'FAILED',
      });
      expect((await shop.journal(orderId)).slice(-6)).toEqual([
        'STEP_REFUSED processPayment',
        'COMPENSATION_STARTED reserveInventory',
        'STEP_COMPENSATED reserveInventory',
        'COMPENSATION_STARTED createOrder',
        'STEP_COMPENSATED createOrder',
        'SAGA_COMPENSATED',
      ]);
      const view = await shop.gateway.get(`/api/orders/${orderId}`);
      expect(view.body).toMatchObject({
        status: 'CANCELLED',
        cancelReason: 'PAYMENT_DECLINED',
        payment: { status: 'FAILED' },
      });
    },
  );
});

describe('a cart that the catalog contradicts', () => {
  it('with an old price is answered 409 with the current one', async () => {
    const answer = await shop.checkout(cartOf([{ productId: BACKPACK.id, quantity: 1, price: '19.99' }]));
    expectProblem(answer, 409, 'PRICE_CHANGED');
    expect(answer.body).toMatchObject({ productId: BACKPACK.id, currentPrice: BACKPACK.price });
    await expectUndone(answer.body.orderId, 'PRICE_CHANGED');
  });

  it('in another currency than the catalog’s is answered 409: nobody pays in yen what costs dollars', async () => {
    const answer = await shop.checkout({ ...cartOf([line(BACKPACK)]), currency: 'JPY' });
    expectProblem(answer, 409, 'PRICE_CHANGED');
    expect(answer.body).toMatchObject({ currentPrice: BACKPACK.price, currentCurrency: 'USD' });
    await expectUndone(answer.body.orderId, 'PRICE_CHANGED');
  });

  it('with a product that does not exist is answered 422', async () => {
    const productId = crypto.randomUUID();
    const answer = await shop.checkout(cartOf([line(BACKPACK), { productId, quantity: 1, price: '1.00' }]));
    expectProblem(answer, 422, 'UNKNOWN_PRODUCT');
    expect(answer.body).toMatchObject({ productId });
    await expectUndone(answer.body.orderId, 'UNKNOWN_PRODUCT');
  });
});

describe('a confirm that is refused', () => {
  it('refunds the payment: order.cancel overtakes it while a slow card is being charged', async () => {
    const product = await shop.product(2, '45.00');
    const rabbit = await shop.rabbit();
    const { body } = await shop.checkout(cartOf([line(product, 2)], 'tok_slow'), { prefer: 'respond-async' });
    const { orderId } = body;
    await shop.sagaAt(orderId, 'processPayment');
    expect(await rabbit.command('order.cancel', { orderId, reason: 'a clerk was faster' })).toMatchObject({
      outcome: 'done',
    });
    await shop.sagaIs(orderId, 'COMPENSATED');
    await rabbit.close();

    expect(await shop.saga(orderId)).toMatchObject({ failure: { code: 'ORDER_CANCELLED', step: 'confirmOrder' } });
    expect((await shop.journal(orderId)).slice(-9)).toEqual([
      'STEP_STARTED confirmOrder',
      'STEP_REFUSED confirmOrder',
      'COMPENSATION_STARTED processPayment',
      'STEP_COMPENSATED processPayment',
      'COMPENSATION_STARTED reserveInventory',
      'STEP_COMPENSATED reserveInventory',
      'COMPENSATION_STARTED createOrder',
      'STEP_COMPENSATED createOrder',
      'SAGA_COMPENSATED',
    ]);
    expect(await shop.row('payments', 'select status from payments where order_id = $1', [orderId])).toEqual({
      status: 'REFUNDED',
    });
    const ledger = 'select kind, amount from provider_ledger where idempotency_key = $1 order by id';
    expect(await shop.rows('payments', ledger, [orderId])).toEqual([
      { kind: 'CAPTURE', amount: '90.00' },
      { kind: 'REFUND', amount: '90.00' },
    ]);
    expect(await shop.stock(product.id)).toEqual({ stock: 2, reserved: 0 });
  });

  it('tells the customer who waited that the order was cancelled', async () => {
    const rabbit = await shop.rabbit();
    const userId = someone();
    const waiting = shop.checkout({ userId, items: [line(BACKPACK)], payment: { method: 'tok_slow' } });
    const orderId = await shop.orderOf(userId);
    await shop.sagaAt(orderId, 'processPayment');
    await rabbit.command('order.cancel', { orderId, reason: 'a clerk was faster' });
    await rabbit.close();
    expectProblem(await waiting, 409, 'ORDER_CANCELLED');
  });
});
