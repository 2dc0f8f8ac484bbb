import { problem } from '@saga-checkout/shared-types';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { confirmed, goodBody, PRODUCT, startGateway, type TestGateway } from './testing/gateway.js';
import { type RawAnswer, RawConnection, request } from './testing/raw.js';
import { Stub } from './testing/stub.js';

/** For each of the properties below. */
const RUNS = 2_000;

// Thousands of requests take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let behind: Stub;
let gateway: TestGateway;
let connection: RawConnection | undefined;

beforeAll(async () => {
  behind = await Stub.start(({ body }) => confirmed(body.orderId));
  const { url } = behind;
  gateway = await startGateway({ orchestrators: [url], orders: url, inventory: url, payments: url, bodyTimeoutMs: 50 });
});
afterAll(async () => {
  connection?.socket.destroy();
  await gateway.stop();
  await behind.stop();
});

/** Sends on a connection that is kept, as long as the gateway keeps it. */
async function send(bytes: Buffer): Promise<RawAnswer | undefined> {
  if (connection === undefined || connection.socket.destroyed || connection.socket.readableEnded)
    connection = await RawConnection.open(gateway.port);
  connection.write(bytes);
  const answer = await connection.answer();
  if (answer?.headers.connection === 'close' || answer === undefined) {
    connection.socket.destroy();
    connection = undefined;
  }
  return answer;
}

/** Whatever comes in: an answer below 500, and a problem if it is not a success. */
function expectCivil(answer: RawAnswer | undefined): void {
  expect(answer?.status).toBeLessThan(500);
  if (Number(answer?.status) >= 400) problem.parse(JSON.parse(answer?.body ?? ''));
}

const json = { 'content-type': 'application/json' };
const asCheckout = (body: string | Uint8Array) => request('POST', '/api/checkout', json, Buffer.from(body as string));

it('any bytes as a body', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => expectCivil(await send(asCheckout(bytes)))),
    { numRuns: RUNS },
  );
});

it('any JSON as a body', async () => {
  const anything = fc.json({ maxDepth: 8, stringUnit: 'binary' });
  await fc.assert(
    fc.asyncProperty(anything, async (text) => expectCivil(await send(asCheckout(text)))),
    { numRuns: RUNS },
  );
});

it('a good checkout with one piece of it replaced', async () => {
  const text = JSON.stringify({ ...goodBody(), payment: { method: 'card' }, currency: 'USD' });
  const spoiled = fc
    .tuple(fc.nat(text.length), fc.nat(12), fc.string({ unit: 'binary', maxLength: 8 }))
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length));
  await fc.assert(
    fc.asyncProperty(spoiled, async (body) => expectCivil(await send(asCheckout(body)))),
    { numRuns: RUNS },
  );
});

it('checkouts with any values in their fields', async () => {
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(PRODUCT, '29.99', 1, 'user-1', 'USD'),
    fc.double(),
    fc.bigInt(),
  );
  const line = fc.record({ productId: value, quantity: value, price: value }, { requiredKeys: [] });
  const body = fc.record(
    { userId: value, items: fc.oneof(value, fc.array(line, { maxLength: 5 })), payment: value, currency: value },
    { requiredKeys: [] },
  );
  const write = (_key: string, one: unknown) => (typeof one === 'bigint' ? String(one) : one);
  await fc.assert(
    fc.asyncProperty(body, async (one) => expectCivil(await send(asCheckout(JSON.stringify(one, write))))),
    { numRuns: RUNS },
  );
});

it('any path and any query', async () => {
  const path = fc
    .tuple(
      fc.constantFrom('/', '/api/', '/api/orders/', '/api/orders/user/', '/api/products/', '/health/'),
      fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
    )
    .map(([root, rest]) => root + rest);
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS');
  await fc.assert(
    fc.asyncProperty(method, path, async (verb, where) => {
      const answer = await send(request(verb, where, {}));
      // The stub knows no order and no product: what is found cannot be read.
      if (answer?.status !== 503) expectCivil(answer);
    }),
    { numRuns: RUNS },
  );
});

it('a path that Express cannot parse', async () => {
  expectCivil(await send(request('GET', '/\\#@!', {})));
});

it('any headers', async () => {
  const text = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const names = ['idempotency-key', 'prefer', 'traceparent', 'content-encoding', 'content-type', 'expect', 'accept'];
  const headers = fc.dictionary(fc.constantFrom(...names), text, { maxKeys: 4 });
  await fc.assert(
    fc.asyncProperty(headers, async (some) =>
      expectCivil(await send(request('POST', '/api/checkout', { ...json, ...some }, JSON.stringify(goodBody())))),
    ),
    { numRuns: RUNS },
  );
});
