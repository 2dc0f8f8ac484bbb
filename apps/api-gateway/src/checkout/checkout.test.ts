import { checkoutRequest, problem } from '@saga-checkout/shared-types';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  bodyOf,
  confirmed,
  goodBody,
  PRODUCT,
  postCheckout,
  SAGA,
  startGateway,
  type TestGateway,
} from '../testing/gateway.js';
import { Stub, type StubAnswer, type StubRequest } from '../testing/stub.js';

let orchestrator: Stub;
let gateway: TestGateway;

beforeAll(async () => {
  orchestrator = await Stub.start(({ body }) => confirmed(body.orderId));
  gateway = await startGateway({ orchestrators: [orchestrator.url], waits: { defaultMs: 2_000, maxMs: 5_000 } });
});
afterAll(async () => {
  await gateway.stop();
  await orchestrator.stop();
});
beforeEach(() => {
  orchestrator.requests.length = 0;
  orchestrator.handler = ({ body }) => confirmed(body.orderId);
});

const cancelled = (code: string, details?: unknown) => {
  return ({ body }: StubRequest): StubAnswer => ({
    status: 200,
    body: {
      orderId: body.orderId,
      sagaId: SAGA,
      status: 'CANCELLED',
      failure: { code, message: 'internal words: table payments', step: 'someStep', details },
      replayed: false,
    },
  });
};

describe('what a checkout asks of the orchestrator', () => {
  it('is a checkoutRequest with an order id of its own, the wait and the trace', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await postCheckout(gateway, { headers: { traceparent, 'idempotency-key': '"abc"' } });
    const [asked] = orchestrator.requests;
    const body = checkoutRequest.parse(asked?.body);
    expect(asked?.path).toBe('/checkouts');
    expect(body).toMatchObject({ ...goodBody(), idempotencyKey: 'abc', waitMs: 2_000, currency: 'USD' });
    expect(body.orderId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(body.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/);
  });

  it('lower-cases product ids and leaves the key out when there is none', async () => {
    const items = [{ productId: PRODUCT.toUpperCase(), quantity: 1, price: '0.01' }];
    await postCheckout(gateway, { body: { ...goodBody(), items } });
    expect(orchestrator.requests[0]?.body.items).toEqual([{ ...items[0], productId: PRODUCT }]);
    expect(orchestrator.requests[0]?.body).not.toHaveProperty('idempotencyKey');
  });
});

describe('an outcome', () => {
  it('CONFIRMED is 201 with Location', async () => {
    const response = await postCheckout(gateway);
    const body = await bodyOf(response);
    expect(response.status).toBe(201);
    expect(body).toEqual({
      success: true,
      orderId: orchestrator.requests[0]?.body.orderId,
      sagaId: SAGA,
      status: 'CONFIRMED',
      total: '59.98',
      currency: 'USD',
      message: 'Order placed successfully',
    });
    expect(response.headers.get('location')).toBe(`/api/orders/${body.orderId}`);
    expect(response.headers.has('x-powered-by')).toBe(false);
    expect(response.headers.has('etag')).toBe(false);
    expect(response.headers.has('idempotent-replayed')).toBe(false);
  });

  it('PENDING is 202, and Location leads to the saga', async () => {
    orchestrator.handler = ({ body }) => confirmed(body.orderId, { status: 'PENDING' });
    const response = await postCheckout(gateway);
    const body = await bodyOf(response);
    expect(response.status).toBe(202);
    expect(body).toMatchObject({ success: true, sagaId: SAGA, status: 'PENDING' });
    expect(response.headers.get('location')).toBe(`/api/orders/${body.orderId}/saga`);
    expect(response.headers.has('preference-applied')).toBe(false);
  });

  it('of an earlier checkout is marked, and is about the earlier order', async () => {
    const earlier = '01933d5e-0000-7000-8000-00000000000e';
    orchestrator.handler = () => confirmed(earlier, { replayed: true });
    const response = await postCheckout(gateway);
    expect(response.headers.get('idempotent-replayed')).toBe('true');
    expect(await bodyOf(response)).toMatchObject({ orderId: earlier });
    orchestrator.handler = (request) => {
      const answer = cancelled('PAYMENT_DECLINED')(request) as { status: number; body: object };
      return { ...answer, body: { ...answer.body, replayed: true } };
    };
    const declined = await postCheckout(gateway);
    expect([declined.status, declined.headers.get('idempotent-replayed')]).toEqual([402, 'true']);
  });

  const stock = { productId: PRODUCT, requested: 2, available: 1, version: 7 };
  const now = { currentPrice: '31.00', currentCurrency: 'USD' };
  const price = { productId: PRODUCT, price: '29.99', ...now, status: 200 };
  it.each([
    ['INSUFFICIENT_STOCK', 409, 'INSUFFICIENT_STOCK', stock, { productId: PRODUCT, requested: 2, available: 1 }],
    ['PRICE_CHANGED', 409, 'PRICE_CHANGED', price, { productId: PRODUCT, ...now }],
    ['UNKNOWN_PRODUCT', 422, 'UNKNOWN_PRODUCT', { productId: PRODUCT }, { productId: PRODUCT }],
    [
      'PAYMENT_DECLINED',
      402,
      'PAYMENT_DECLINED',
      { declineCode: 'insufficient_funds' },
      { declineCode: 'insufficient_funds' },
    ],
    ['CANCELLED', 409, 'ORDER_CANCELLED', undefined, {}],
    ['ORDER_CANCELLED', 409, 'ORDER_CANCELLED', undefined, {}],
    ['DATABASE_UNAVAILABLE', 503, 'CHECKOUT_FAILED', { host: 'db-7' }, {}],
    ['RESERVATION_RELEASED', 503, 'CHECKOUT_FAILED', undefined, {}],
    ['constructor', 503, 'CHECKOUT_FAILED', undefined, {}],
  ])('CANCELLED for %s is %i %s', async (failure, status, code, details, members) => {
    orchestrator.handler = cancelled(failure, details);
    const response = await postCheckout(gateway);
    const text = await response.text();
    const body = problem.loose().parse(JSON.parse(text));
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(body).toMatchObject({ status, code, success: false, sagaId: SAGA, instance: '/api/checkout', ...members });
    expect(body.type).toBe(`/problems/${code.toLowerCase().replaceAll('_', '-')}`);
    expect(body.orderId).toBe(orchestrator.requests[0]?.body.orderId);
    expect(response.headers.has('retry-after')).toBe(status === 503);
    expect(text).not.toMatch(/table payments|someStep|db-7|version/);
  });

  it('of a technical failure is logged once, with its cause and the ids', async () => {
    gateway.logs.length = 0;
    orchestrator.handler = cancelled('DATABASE_UNAVAILABLE');
    const { traceId, orderId } = await bodyOf(await postCheckout(gateway));
    const errors = gateway.logs.filter(({ level }) => level === 'error');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ traceId, orderId, status: 503, failure: { code: 'DATABASE_UNAVAILABLE' } });
  });
});

describe('an orchestrator that says no', () => {
  /** For a moment after it was full nobody asks it. */
  const isOpen = async () => {
    orchestrator.handler = ({ body }) => confirmed(body.orderId);
    const isTaken = async () => expect((await postCheckout(gateway)).status).toBe(201);
    await vi.waitFor(isTaken, { timeout: 15_000, interval: 5 });
    orchestrator.requests.length = 0;
    gateway.logs.length = 0;
  };
  beforeEach(isOpen);
  afterAll(isOpen);

  it.each([
    ['ORCHESTRATOR_FULL', 3, /^[345]$/],
    ['PARTICIPANT_UNAVAILABLE', 0.2, /^[123]$/],
  ])('%s is passed on at once with Retry-After', async (code, retryAfterSeconds, header) => {
    orchestrator.handler = () => ({ status: 503, body: { code, message: 'no', retryAfterSeconds } });
    const response = await postCheckout(gateway);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, expect.stringMatching(header)]);
    expect(await bodyOf(response)).toMatchObject({ code, detail: expect.stringContaining('Nothing was started') });
    expect(orchestrator.requests).toHaveLength(1);
  });

  it('names the part of the shop that is away', async () => {
    const body = { code: 'PARTICIPANT_UNAVAILABLE', message: 'no', retryAfterSeconds: 2, participant: 'inventory' };
    orchestrator.handler = () => ({ status: 503, body });
    expect(await bodyOf(await postCheckout(gateway))).toMatchObject({
      code: 'PARTICIPANT_UNAVAILABLE',
      participant: 'inventory',
      detail: expect.stringMatching(/^The inventory service is away\. Nothing was started\. Try again in [234] s\.$/),
    });
  });

  it('is passed on without a line in the log for each: who is away or full says so once', async () => {
    orchestrator.handler = () => ({ status: 503, body: { code: 'ORCHESTRATOR_FULL', retryAfterSeconds: 1 } });
    await postCheckout(gateway);
    expect(gateway.logs.map(({ level }) => level)).toEqual(['debug']);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/checkout_refused_total{.*code="ORCHESTRATOR_FULL".*} [1-9]/);
  });

  it('422 IDEMPOTENCY_KEY_REUSED is passed on', async () => {
    orchestrator.handler = () => ({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED', message: 'no' } });
    const response = await postCheckout(gateway, { headers: { 'idempotency-key': 'k' } });
    expect([response.status, (await bodyOf(response)).code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('400 is passed on with what is wrong', async () => {
    const errors = [{ pointer: '/items/0', code: 'custom', message: 'no' }];
    orchestrator.handler = () => ({ status: 400, body: { code: 'INVALID_REQUEST', message: 'no', errors } });
    const response = await postCheckout(gateway);
    expect(response.status).toBe(400);
    expect(await bodyOf(response)).toMatchObject({ code: 'INVALID_BODY', errors });
  });
});

describe('Prefer', () => {
  const pending = ({ body }: StubRequest) => confirmed(body.orderId, { status: 'PENDING' as const });

  it.each([
    ['respond-async', 0, 'respond-async'],
    ['wait=3', 3_000, 'wait=3'],
    ['WAIT = 3', 3_000, 'wait=3'],
    ['wait=0', 0, 'wait=0'],
    ['wait=99', 5_000, 'wait=5'],
    ['respond-async, wait=1', 1_000, 'respond-async, wait=1'],
    ['wait=-1', 2_000, null],
    ['wait=soon', 2_000, null],
    ['return=minimal', 2_000, null],
    ['', 2_000, null],
  ])('%j waits %i ms and applies %j', async (prefer, waitMs, applied) => {
    orchestrator.handler = pending;
    const response = await postCheckout(gateway, { headers: { prefer } });
    expect(response.status).toBe(202);
    expect(response.headers.get('preference-applied')).toBe(applied);
    expect(orchestrator.requests[0]?.body.waitMs).toBe(waitMs);
  });

  it('does not hide an outcome that is known', async () => {
    const response = await postCheckout(gateway, { headers: { prefer: 'respond-async' } });
    expect([response.status, response.headers.get('preference-applied')]).toEqual([201, null]);
  });
});

describe('POST /api/orders', () => {
  it.each([
    ['PENDING', false],
    ['CONFIRMED', true],
    ['CANCELLED', true],
  ] as const)('answers 202 also when the checkout is %s', async (status, replayed) => {
    orchestrator.handler = ({ body }) => confirmed(body.orderId, { status, replayed });
    const response = await postCheckout(gateway, { path: '/api/orders', headers: { prefer: 'wait=5' } });
    const body = await bodyOf(response);
    expect(response.status).toBe(202);
    expect(body).toMatchObject({ success: true, status: 'PENDING', sagaId: SAGA });
    expect(response.headers.get('location')).toBe(`/api/orders/${body.orderId}/saga`);
    expect(response.headers.get('idempotent-replayed')).toBe(replayed ? 'true' : null);
    expect(orchestrator.requests[0]?.body.waitMs).toBe(0);
  });
});

describe('Idempotency-Key', () => {
  it.each([
    ['k', 'k'],
    ['"k"', 'k'],
    ['a"b', 'a"b'],
    ['"a\\"b\\\\"', 'a"b\\'],
    ['~!#$%&()*+,-./:;<=>?@[]^_`{|}', '~!#$%&()*+,-./:;<=>?@[]^_`{|}'],
    ['x'.repeat(255), 'x'.repeat(255)],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
  ])('%j is the key %j', async (header, key) => {
    expect((await postCheckout(gateway, { headers: { 'idempotency-key': header } })).status).toBe(201);
    expect(orchestrator.requests[0]?.body.idempotencyKey).toBe(key);
  });

  it.each([
    '',
    '""',
    '"',
    '"k',
    'a b',
    '"a b"',
    '"a"b"',
    '"a\\b"',
    'k\u00e9',
    'k\tk',
    'x'.repeat(256),
    `"${'x'.repeat(256)}"`,
  ])('%j is refused', async (header) => {
    const response = await postCheckout(gateway, { headers: { 'idempotency-key': header } });
    expect([response.status, (await bodyOf(response)).code]).toEqual([400, 'INVALID_HEADER']);
    expect(orchestrator.requests).toHaveLength(0);
  });
});
