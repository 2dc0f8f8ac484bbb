import { orderView, sagaView } from '@saga-checkout/shared-types';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf, OTHER_PRODUCT, PRODUCT, SAGA, startGateway, type TestGateway } from '../testing/gateway.js';
import { Stub, type StubAnswer } from '../testing/stub.js';

const ORDER = '01933d5e-0000-7000-8000-00000000000a';
const at = '2026-11-20T12:00:00.000Z';
const line = (productId: string) => ({ productId, quantity: 2, price: '29.99' });
const order = (more: object = {}) => ({
  id: ORDER,
  userId: 'user-1',
  status: 'CONFIRMED',
  items: [line(PRODUCT), line(OTHER_PRODUCT)],
  total: '119.96',
  currency: 'USD',
  createdAt: at,
  updatedAt: at,
  internalNote: 'not for customers',
  ...more,
});
const payment = { id: SAGA, status: 'SUCCESS', amount: '119.96', currency: 'USD', method: 'card', createdAt: at };
const reservation = { id: SAGA, productId: PRODUCT, quantity: 2, status: 'COMMITTED', createdAt: at };
const products = [
  { id: PRODUCT, name: 'Mouse' },
  { id: OTHER_PRODUCT, name: 'Limited Stock Item' },
];

const ok = (body: unknown): StubAnswer => ({ status: 200, body });
const notFound: StubAnswer = { status: 404, body: { code: 'NOT_FOUND', message: 'no' } };

let orders: Stub;
let inventory: Stub;
let payments: Stub;
let orchestrator: Stub;
let gateway: TestGateway;

beforeEach(async () => {
  orders = await Stub.start(() => ok(order()));
  inventory = await Stub.start(({ path }) => ok({ items: path.startsWith('/products') ? products : [reservation] }));
  payments = await Stub.start(() => ok(payment));
  orchestrator = await Stub.start(() => notFound);
  gateway = await startGateway({
    orchestrators: [orchestrator.url],
    orders: orders.url,
    inventory: inventory.url,
    payments: payments.url,
    readTimeoutMs: 200,
  });
});
afterEach(async () => {
  await gateway.stop();
  await Promise.all([orders, inventory, payments, orchestrator].map((one) => one.stop()));
});

const get = async (path: string) => {
  const response = await fetch(`${gateway.url}${path}`);
  return { response, status: response.status, body: await bodyOf(response) };
};

describe('GET /api/orders/{id}', () => {
  it('puts the order together from three services', async () => {
    const { status, body } = await get(`/api/orders/${ORDER.toUpperCase()}`);
    expect(status).toBe(200);
    expect(orderView.strict().parse(body)).toEqual({
      id: ORDER,
      userId: 'user-1',
      status: 'CONFIRMED',
      items: [
        { ...line(PRODUCT), productName: 'Mouse' },
        { ...line(OTHER_PRODUCT), productName: 'Limited Stock Item' },
      ],
      total: '119.96',
      currency: 'USD',
      payment,
      reservations: [reservation],
      createdAt: at,
      updatedAt: at,
    });
    expect(orders.requests.map(({ path }) => path)).toEqual([`/orders/${ORDER}`]);
    expect(payments.requests.map(({ path }) => path)).toEqual([`/payments/${ORDER}`]);
    expect(inventory.requests.map(({ path }) => path)).toEqual([
      `/reservations/${ORDER}`,
      `/products?ids=${PRODUCT},${OTHER_PRODUCT}`,
    ]);
  });

  it('shows an order that was never paid or reserved', async () => {
    payments.handler = () => notFound;
    inventory.handler = () => ok({ items: [] });
    orders.handler = () => ok(order({ status: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK' }));
    const { body } = await get(`/api/orders/${ORDER}`);
    expect(body).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'INSUFFICIENT_STOCK',
      payment: null,
      reservations: [],
    });
    expect(body.items[0]).not.toHaveProperty('productName');
  });

  it.each([
    ['is down', () => 'cut' as const],
    ['hangs', () => 'silence' as const],
    ['fails', () => ({ status: 500, body: { code: 'INTERNAL', message: 'postgres://admin:secret@db' } })],
    ['answers nonsense', () => ok('<html>')],
    ['answers something else', () => ok({ items: [{ id: 1 }] })],
    ['refuses', () => ({ status: 403, body: {} })],
  ])('says which parts cannot be read when a service %s', async (_what, handler) => {
    payments.handler = handler as () => StubAnswer;
    inventory.handler = handler as () => StubAnswer;
    const { status, body } = await get(`/api/orders/${ORDER}`);
    expect(status).toBe(200);
    expect(orderView.parse(body)).toMatchObject({
      status: 'CONFIRMED',
      payment: { unavailable: true, reason: 'the payment cannot be read right now' },
      reservations: { unavailable: true, reason: 'the reservations cannot be read right now' },
    });
    expect(JSON.stringify(body)).not.toMatch(/secret|postgres/);
    expect(
      gateway.logs
        .filter(({ level }) => level === 'warn')
        .map(({ part }) => part)
        .sort(),
    ).toEqual(['payment', 'product names', 'reservations']);
  });

  it('is 404 when the order-service does not know it', async () => {
    orders.handler = () => notFound;
    const { status, body } = await get(`/api/orders/${ORDER}`);
    expect([status, body.code]).toEqual([404, 'ORDER_NOT_FOUND']);
  });

  it.each([
    ['is gone', () => 'cut' as const],
    ['hangs', () => 'silence' as const],
    ['fails', () => ({ status: 503, body: {} })],
  ])('is 503 when the order-service %s', async (_what, handler) => {
    orders.handler = handler as () => StubAnswer;
    const { status, body, response } = await get(`/api/orders/${ORDER}`);
    expect([status, body.code]).toEqual([503, 'ORDERS_UNAVAILABLE']);
    expect(response.headers.has('retry-after')).toBe(true);
  });

  it('asks a second time when a connection that was kept has gone stale', async () => {
    let cuts = 1;
    orders.handler = () => (cuts-- > 0 ? 'cut' : ok(order()));
    expect((await get(`/api/orders/${ORDER}`)).status).toBe(200);
  });

  it('answers HEAD without a body', async () => {
    const response = await fetch(`${gateway.url}/api/orders/${ORDER}`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('GET /api/orders/user/{userId}', () => {
  it('gives a page, with names, and the way to the next', async () => {
    orders.handler = () => ok({ items: [order(), order()], nextCursor: 'abc_-=' });
    const { response, body } = await get('/api/orders/user/user-1?limit=2');
    expect(body.nextCursor).toBe('abc_-=');
    expect(body.items).toHaveLength(2);
    expect(body.items[0]?.items[1]?.productName).toBe('Limited Stock Item');
    expect(body.items[0]).not.toHaveProperty('internalNote');
    expect(response.headers.get('link')).toBe('</api/orders/user/user-1?limit=2&cursor=abc_-%3D>; rel="next"');
    expect(orders.requests[0]?.path).toBe('/orders/user/user-1?limit=2');
    expect(inventory.requests).toHaveLength(1);
  });

  it('takes that way', async () => {
    orders.handler = () => ok({ items: [] });
    const { response, body } = await get('/api/orders/user/user-1?cursor=abc_-%3D');
    expect(orders.requests[0]?.path).toBe('/orders/user/user-1?limit=20&cursor=abc_-%3D');
    expect(body).toEqual({ items: [] });
    expect(response.headers.has('link')).toBe(false);
    expect(inventory.requests).toHaveLength(0);
  });

  it('asks for names 50 at a time', async () => {
    const id = (n: number) => `01933d5e-0000-7000-8000-${String(n).padStart(12, '0')}`;
    const many = (from: number, count: number) => Array.from({ length: count }, (_, n) => line(id(from + n)));
    orders.handler = () => ok({ items: [order({ items: many(0, 50) }), order({ items: many(40, 50) })] });
    await get('/api/orders/user/user-1');
    const counts = inventory.requests.map(({ path }) => path.split('=')[1]?.split(',').length);
    expect(counts.sort()).toEqual([40, 50]);
  });

  it('is 400 when the order-service does not take the cursor', async () => {
    orders.handler = () => ({ status: 400, body: { code: 'INVALID_QUERY', message: 'no' } });
    const { status, body } = await get('/api/orders/user/user-1?cursor=abc');
    expect([status, body.code, body.errors[0]?.pointer]).toEqual([400, 'INVALID_QUERY', '/query/cursor']);
  });

  it('is 503 when the order-service is gone, and without names when the inventory-service is', async () => {
    inventory.handler = () => 'cut';
    orders.handler = () => ok({ items: [order()] });
    expect((await get('/api/orders/user/user-1')).body.items[0]?.items[0]).toEqual(line(PRODUCT));
    orders.handler = () => 'cut';
    expect((await get('/api/orders/user/user-1')).status).toBe(503);
  });
});

describe('GET /api/orders/{id}/saga', () => {
  it('is what the orchestrator knows', async () => {
    const history = [{ step: 'createOrder', status: 'COMPLETED', message: 'done', timestamp: at }];
    const saga = {
      id: SAGA,
      orderId: ORDER,
      status: 'RUNNING',
      currentStep: 'reserveInventory',
      progress: 25,
      history,
    };
    orchestrator.handler = () => ok({ ...saga, owner: 'orchestrator-1' });
    const { status, body } = await get(`/api/orders/${ORDER}/saga`);
    expect(status).toBe(200);
    expect(sagaView.strict().parse(body)).toEqual(saga);
    expect(orchestrator.requests[0]?.path).toBe(`/checkouts/${ORDER}/saga`);
  });

  it('is 404 for an order nobody knows, 503 when the orchestrator is gone', async () => {
    expect((await get(`/api/orders/${ORDER}/saga`)).body.code).toBe('ORDER_NOT_FOUND');
    orchestrator.handler = () => 'cut';
    expect((await get(`/api/orders/${ORDER}/saga`)).status).toBe(503);
  });
});

describe('POST /api/orders/{id}/cancel', () => {
  const cancel = async (body?: unknown) => {
    const response = await fetch(`${gateway.url}/api/orders/${ORDER}/cancel`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { response, status: response.status, body: await bodyOf(response) };
  };

  it('is 202 and leads to the saga, with a reason or without', async () => {
    orchestrator.handler = () => ({ status: 202, body: {} });
    const { status, body, response } = await cancel({ reason: 'ordered twice' });
    expect(status).toBe(202);
    expect(body).toMatchObject({ success: true, orderId: ORDER });
    expect(response.headers.get('location')).toBe(`/api/orders/${ORDER}/saga`);
    expect((await cancel()).status).toBe(202);
    expect((await cancel({})).status).toBe(202);
    expect(orchestrator.requests[0]?.path).toBe(`/checkouts/${ORDER}/cancel`);
    expect(orchestrator.requests.map(({ body: { reason } }) => reason)).toEqual([
      'ordered twice',
      'cancelled by the customer',
      'cancelled by the customer',
    ]);
  });

  it.each([
    [404, 404, 'ORDER_NOT_FOUND'],
    [409, 409, 'CANNOT_CANCEL'],
    [503, 503, 'ORDERS_UNAVAILABLE'],
    [400, 500, 'INTERNAL'],
  ])('%i of the orchestrator is %i %s', async (answered, status, code) => {
    orchestrator.handler = () => ({ status: answered, body: { code: 'NOT_APPLICABLE', message: 'internal words' } });
    const { status: got, body } = await cancel();
    expect([got, body.code]).toEqual([status, code]);
    expect(JSON.stringify(body)).not.toContain('internal words');
  });
});
