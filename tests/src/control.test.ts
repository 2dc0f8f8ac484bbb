import { describe, expect, it } from 'vitest';
import { BACKPACK, cartOf, line, someone } from './support/cart.js';
import { sharedShop } from './support/shared-shop.js';

const shop = sharedShop();

const cancel = (orderId: string, body?: unknown) =>
  shop.gateway.ask(`/api/orders/${orderId}/cancel`, { method: 'POST', ...(body !== undefined && { body }) });

describe('POST /api/orders/{id}/cancel', () => {
  it('of a checkout under way is 202: the payment’s outcome is awaited, then everything is taken back', async () => {
    const product = await shop.product(3);
    const userId = someone();
    const waiting = shop.checkout({ userId, items: [line(product, 3)], payment: { method: 'tok_slow' } });
    const orderId = await shop.orderOf(userId);
    await shop.sagaAt(orderId, 'processPayment');
    expect(await cancel(orderId, { reason: 'changed my mind' })).toMatchObject({
      status: 202,
      body: { success: true, orderId },
    });
    expect(await waiting).toMatchObject({ status: 409, body: { code: 'ORDER_CANCELLED', orderId } });
    await shop.sagaIs(orderId, 'COMPENSATED');

    expect((await shop.journal(orderId)).slice(5)).toEqual([
      'STEP_STARTED processPayment',
      'SAGA_CANCEL_REQUESTED',
      'STEP_COMPLETED processPayment',
      'COMPENSATION_STARTED processPayment',
      'STEP_COMPENSATED processPayment',
      'COMPENSATION_STARTED reserveInventory',
      'STEP_COMPENSATED reserveInventory',
      'COMPENSATION_STARTED createOrder',
      'STEP_COMPENSATED createOrder',
      'SAGA_COMPENSATED',
    ]);
    expect(await shop.stock(product.id)).toEqual({ stock: 3, reserved: 0 });
    expect(await shop.row('payments', 'select status from payments where order_id = $1', [orderId])).toEqual({
      status: 'REFUNDED',
    });
  });

  it('of one that has ended, well or not, is 409 and changes nothing', async () => {
    const confirmed = await shop.checkout(cartOf([line(BACKPACK)]));
    const declined = await shop.checkout(cartOf([line(BACKPACK)], 'tok_declined'));
    for (const { body } of [confirmed, declined]) {
      const before = await shop.journal(body.orderId);
      expect(await cancel(body.orderId)).toMatchObject({ status: 409, body: { code: 'CANNOT_CANCEL' } });
      expect(await shop.journal(body.orderId)).toEqual(before);
    }
  });

  it('of one that nobody knows is 404', async () => {
    expect(await cancel(crypto.randomUUID())).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
  });
});

describe('a payment provider that never answers', () => {
  it('is asked again, then taken as unknown and compensated; the customer has 202 first', async () => {
    const product = await shop.product(1);
    const answer = await shop.checkout(cartOf([line(product)], 'tok_timeout'), { prefer: 'wait=1' });
    const { orderId } = answer.body;
    expect(answer).toMatchObject({ status: 202, body: { success: true, status: 'PENDING' } });
    expect(answer.headers).toMatchObject({ 'preference-applied': 'wait=1', location: `/api/orders/${orderId}/saga` });
    const during = await shop.gateway.get(`/api/orders/${orderId}/saga`);
    expect(during.body).toMatchObject({ status: 'RUNNING', currentStep: 'processPayment', progress: 50 });

    await shop.sagaIs(orderId, 'COMPENSATED');
    const journal = await shop.journal(orderId);
    expect(journal.filter((entry) => entry === 'STEP_FAILED processPayment')).toHaveLength(4);
    expect(journal.filter((entry) => entry === 'STEP_RETRIED processPayment')).toHaveLength(3);
    expect(journal).toContain('STEP_COMPENSATED processPayment');
    expect(await shop.stock(product.id)).toEqual({ stock: 1, reserved: 0 });
    expect(await shop.row('payments', 'select status from payments where order_id = $1', [orderId])).toEqual({
      status: 'CANCELLED',
    });
  });

  it('but took the money: it is found by looking it up, and the order is confirmed', async () => {
    const answer = await shop.checkout(cartOf([line(BACKPACK)], 'tok_lost_answer'));
    expect(answer).toMatchObject({ status: 201 });
  });
});

describe('a request that is rejected', () => {
  const good = () => ({ userId: someone(), items: [line(BACKPACK)] });
  const bad: readonly (readonly [what: string, status: number, body: unknown])[] = [
    ['no JSON', 400, '{"userId": '],
    ['no object', 400, '[]'],
    ['without items', 400, { userId: 'u' }],
    ['an empty cart', 400, { ...good(), items: [] }],
    ['51 lines', 400, { ...good(), items: Array(51).fill(line(BACKPACK)) }],
    ['a quantity of zero', 400, { ...good(), items: [line(BACKPACK, 0)] }],
    ['half a unit', 400, { ...good(), items: [line(BACKPACK, 0.5)] }],
    ['a price that is a number', 400, { ...good(), items: [{ ...line(BACKPACK), price: 29.99 }] }],
    ['a product id that is none', 400, { ...good(), items: [{ ...line(BACKPACK), productId: 'backpack' }] }],
    ['an unknown field', 400, { ...good(), coupon: 'FREE' }],
    ['a user id with a space', 400, { ...good(), userId: 'a b' }],
    ['__proto__', 400, `{"userId":"u","__proto__":{},"items":[${JSON.stringify(line(BACKPACK))}]}`],
    ['a key twice', 400, `{"userId":"u","userId":"v","items":[${JSON.stringify(line(BACKPACK))}]}`],
    ['one product at two prices', 422, { ...good(), items: [line(BACKPACK), { ...line(BACKPACK), price: '1.00' }] }],
    [
      'a total over the limit',
      422,
      { ...good(), items: [{ ...line(BACKPACK), price: '9999999999.99', quantity: 1000 }] },
    ],
    ['over 100 KB', 413, { ...good(), userId: 'u'.repeat(110_000) }],
  ];

  it('is answered with a problem, and leaves no row and no message', async () => {
    const before = await everything();
    const rabbit = await shop.rabbit();
    const overheard = await rabbit.eavesdrop();
    for (const [what, status, body] of bad) {
      const answer = await shop.gateway.ask('/api/checkout', { method: 'POST', body });
      expect({ what, status: answer.status, success: answer.body.success }).toEqual({ what, status, success: false });
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    }
    const plain = await shop.gateway.ask('/api/checkout', {
      method: 'POST',
      body: 'hello',
      headers: { 'content-type': 'text/plain' },
    });
    expect(plain.status).toBe(415);
    const wrongMethod = await shop.gateway.get('/api/checkout');
    expect(wrongMethod).toMatchObject({ status: 405, headers: { allow: expect.stringContaining('POST') } });
    expect(await everything()).toEqual(before);
    expect(await overheard.messages()).toEqual([]);
    await rabbit.close();
  });

  it('tells all problems at once, with pointers', async () => {
    const { body } = await shop.gateway.post('/api/checkout', {
      userId: 'a b',
      items: [{ ...line(BACKPACK), quantity: 0 }],
    });
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(['/userId', '/items/0/quantity']));
  });

  /** How many rows there are. */
  async function everything() {
    const count = async (database: 'orders' | 'inventory' | 'payments' | 'orchestrator', table: string) =>
      (await shop.row<{ count: string }>(database, `select count(*) from ${table}`)).count;
    return {
      sagas: await count('orchestrator', 'saga_state'),
      logs: await count('orchestrator', 'saga_logs'),
      orders: await count('orders', 'orders'),
      reservations: await count('inventory', 'order_reservations'),
      payments: await count('payments', 'payments'),
    };
  }
});
