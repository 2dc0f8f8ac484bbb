import { beforeAll, describe, expect, it } from 'vitest';
import { BACKPACK, cartOf, line, someone } from './support/cart.js';
import { HttpClient } from './support/http.js';
import { sharedShop } from './support/shared-shop.js';
import type { TestProduct } from './support/shop-client.js';

const shop = sharedShop();

describe('a checkout that goes well', () => {
  const userId = someone();
  let lamp: TestProduct;
  let orderId: string;
  let sagaId: string;

  beforeAll(async () => {
    lamp = await shop.product(10, '12.34');
    const items = [line(BACKPACK, 2), line(lamp, 3)];
    const answer = await shop.checkout({ userId, items, payment: { method: 'tok_visa' } });
    expect(answer).toMatchObject({ status: 201 });
    ({ orderId, sagaId } = answer.body);
    expect(answer.body).toEqual({
      success: true,
      orderId,
      sagaId,
      status: 'CONFIRMED',
      total: '97.00',
      currency: 'USD',
      message: 'Order placed successfully',
    });
    expect(answer.headers.location).toBe(`/api/orders/${orderId}`);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  it('has every step in saga_logs, in order', async () => {
    expect(await shop.journal(orderId)).toEqual([
      'SAGA_STARTED',
      'STEP_STARTED createOrder',
      'STEP_COMPLETED createOrder',
      'STEP_STARTED reserveInventory',
      'STEP_COMPLETED reserveInventory',
      'STEP_STARTED processPayment',
      'STEP_COMPLETED processPayment',
      'STEP_STARTED confirmOrder',
      'STEP_COMPLETED confirmOrder',
      'SAGA_COMPLETED',
    ]);
    expect(await shop.saga(orderId)).toEqual({ status: 'COMPLETED', currentStep: null, failure: null });
  });

  it('leaves a confirmed order with its lines', async () => {
    const text = 'select user_id, status, total, currency, cancel_reason from orders where id = $1';
    expect(await shop.rows('orders', text, [orderId])).toEqual([
      { user_id: userId, status: 'CONFIRMED', total: '97.00', currency: 'USD', cancel_reason: null },
    ]);
    const lines = 'select product_id, quantity, price from order_items where order_id = $1 order by line';
    expect(await shop.rows('orders', lines, [orderId])).toEqual([
      { product_id: BACKPACK.id, quantity: 2, price: '29.99' },
      { product_id: lamp.id, quantity: 3, price: '12.34' },
    ]);
  });

  it('holds the stock', async () => {
    expect(await shop.stock(lamp.id)).toEqual({ stock: 7, reserved: 3 });
    const text = 'select product_id, quantity, status from reservations where order_id = $1 order by quantity';
    expect(await shop.rows('inventory', text, [orderId])).toEqual([
      { product_id: BACKPACK.id, quantity: 2, status: 'RESERVED' },
      { product_id: lamp.id, quantity: 3, status: 'RESERVED' },
    ]);
  });

  it('takes the money once, in our books and in the provider’s', async () => {
    const text = 'select status, amount, currency, method from payments where order_id = $1';
    expect(await shop.rows('payments', text, [orderId])).toEqual([
      { status: 'SUCCESS', amount: '97.00', currency: 'USD', method: 'tok_visa' },
    ]);
    const ledger = 'select kind, amount, currency from provider_ledger where idempotency_key = $1';
    expect(await shop.rows('payments', ledger, [orderId])).toEqual([
      { kind: 'CAPTURE', amount: '97.00', currency: 'USD' },
    ]);
  });

  it('GET /api/orders/{id} shows it, with payment and reservations', async () => {
    const { status, body } = await shop.gateway.get(`/api/orders/${orderId}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: orderId,
      userId,
      status: 'CONFIRMED',
      total: '97.00',
      currency: 'USD',
      items: [
        { productId: BACKPACK.id, productName: 'Canvas Backpack', quantity: 2, price: '29.99' },
        { productId: lamp.id, quantity: 3, price: '12.34' },
      ],
      payment: { status: 'SUCCESS', amount: '97.00', currency: 'USD' },
    });
    const held = body.reservations.map(({ productId, quantity, status: of }: Record<string, unknown>) => [
      productId,
      quantity,
      of,
    ]);
    expect(held).toHaveLength(2);
    expect(held).toContainEqual([BACKPACK.id, 2, 'RESERVED']);
    expect(held).toContainEqual([lamp.id, 3, 'RESERVED']);
  });

  it('GET /api/orders/{id}/saga tells its history', async () => {
    const { status, body } = await shop.gateway.get(`/api/orders/${orderId}/saga`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: sagaId, orderId, status: 'COMPLETED', currentStep: null, progress: 100 });
    expect(body.history).toHaveLength(10);
    expect(body.history[2]).toMatchObject({ step: 'createOrder', status: 'COMPLETED' });
    const times = body.history.map(({ timestamp }: { timestamp: string }) => Date.parse(timestamp));
    expect(times).toEqual(times.toSorted((a: number, b: number) => a - b));
  });
});

describe('what can be read', () => {
  it('GET /api/orders/user/{userId} shows the newest first, page by page', async () => {
    const userId = someone();
    const placed: string[] = [];
    for (const quantity of [1, 2, 3]) {
      const answer = await shop.checkout({
        userId,
        items: [line(BACKPACK, quantity)],
        payment: { method: 'tok_visa' },
      });
      placed.unshift(answer.body.orderId);
    }
    const first = await shop.gateway.get(`/api/orders/user/${userId}?limit=2`);
    expect(first.status).toBe(200);
    expect(first.body.items.map(({ id }: { id: string }) => id)).toEqual(placed.slice(0, 2));
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers.link ?? '')?.[1] ?? '';
    expect(next).toContain(`cursor=${encodeURIComponent(first.body.nextCursor)}`);
    const second = await shop.gateway.get(next);
    expect(second.body.items.map(({ id }: { id: string }) => id)).toEqual(placed.slice(2));
    expect(second.body.nextCursor).toBeUndefined();
  });

  it('a user without orders has an empty list', async () => {
    expect(await shop.gateway.get(`/api/orders/user/${someone()}`)).toMatchObject({ status: 200, body: { items: [] } });
  });

  it('GET /api/products shows the ten seeded products, and one of them by its id', async () => {
    const { status, body } = await shop.gateway.get('/api/products');
    expect(status).toBe(200);
    const seeded = body.items.filter(({ name }: { name: string }) => !name.startsWith('Test product'));
    expect(seeded).toHaveLength(10);
    const one = await shop.gateway.get(`/api/products/${BACKPACK.id}`);
    expect(one.body).toEqual({
      id: BACKPACK.id,
      name: 'Canvas Backpack',
      description: expect.any(String),
      price: '29.99',
      currency: 'USD',
      available: expect.any(Number),
    });
    expect(body.items).toContainEqual(one.body);
  });

  it.each(['/api/orders/{id}', '/api/orders/{id}/saga', '/api/products/{id}'])(
    'GET %s of something unknown is 404',
    async (path) => {
      const answer = await shop.gateway.get(path.replace('{id}', crypto.randomUUID()));
      expect(answer).toMatchObject({ status: 404, body: { success: false, status: 404 } });
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    },
  );
});

describe('other ways to check out', () => {
  it('the same product on two lines is one reservation, and both lines are paid', async () => {
    const mug = await shop.product(5, '1.10');
    const answer = await shop.checkout(cartOf([line(mug, 2), line(mug, 1)]));
    expect(answer).toMatchObject({ status: 201, body: { total: '3.30' } });
    expect(await shop.stock(mug.id)).toEqual({ stock: 2, reserved: 3 });
  });

  it('without a payment method a plain card is charged', async () => {
    const answer = await shop.checkout({ userId: someone(), items: [line(BACKPACK)] });
    expect(answer.status).toBe(201);
  });

  it('POST /api/orders answers 202 at once, and the checkout goes on', async () => {
    const answer = await shop.order(cartOf([line(BACKPACK)]));
    const { orderId } = answer.body;
    expect(answer).toMatchObject({ status: 202, body: { success: true, status: 'PENDING' } });
    expect(answer.headers.location).toBe(`/api/orders/${orderId}/saga`);
    await shop.sagaIs(orderId, 'COMPLETED');
  });

  it('Prefer: respond-async answers 202 at once, and says that it was heard', async () => {
    const answer = await shop.checkout(cartOf([line(BACKPACK)]), { prefer: 'respond-async' });
    const { orderId } = answer.body;
    expect(answer).toMatchObject({ status: 202, body: { success: true, orderId, status: 'PENDING' } });
    expect(answer.headers).toMatchObject({
      location: `/api/orders/${orderId}/saga`,
      'preference-applied': 'respond-async',
    });
    await shop.sagaIs(orderId, 'COMPLETED');
  });
});

describe('health', () => {
  const services = Object.entries(shop.address.services).flatMap(([name, urls]) =>
    urls.map((url) => [name, url] as const),
  );

  it.each(services)('of %s: live, ready, and each dependency with its state', async (service, url) => {
    const client = new HttpClient(url);
    expect(await client.get('/health/live')).toMatchObject({ status: 200 });
    expect(await client.get('/health/ready')).toMatchObject({ status: 200 });
    const { status, body } = await client.get('/health');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'healthy', service });
    const states = Object.values(body.dependencies as Record<string, { status: string; latencyMs: number }>);
    expect(states.length).toBeGreaterThan(0);
    for (const state of states) expect(state).toMatchObject({ status: 'up', latencyMs: expect.any(Number) });
    expect((await client.get('/metrics')).body).toContain('process_cpu_seconds_total');
    await client.close();
  });
});
