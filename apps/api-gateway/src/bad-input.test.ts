import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { problem } from '@saga-checkout/shared-types';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { badBodies, brokenJson } from './testing/bad-bodies.js';
import { confirmed, goodBody, OTHER_PRODUCT, PRODUCT, startGateway, type TestGateway } from './testing/gateway.js';
import { type RawAnswer, RawConnection, request, sendRaw } from './testing/raw.js';
import { Stub } from './testing/stub.js';

let behind: Stub;
let gateway: TestGateway;
const json = { 'content-type': 'application/json' };
const good = () => request('POST', '/api/checkout', json, JSON.stringify(goodBody()));

beforeAll(async () => {
  behind = await Stub.start(({ body }) => confirmed(body.orderId));
  const { url } = behind;
  gateway = await startGateway({
    orchestrators: [url],
    orders: url,
    inventory: url,
    payments: url,
    bodyTimeoutMs: 300,
    times: { headersMs: 300, requestMs: 1_000 },
  });
});
afterAll(async () => {
  await gateway.stop();
  await behind.stop();
});
afterEach(async () => {
  expect(behind.requests, 'nothing got through the door').toEqual([]);
  expect((await sendRaw(gateway.port, good()))?.status, 'the next request is served').toBe(201);
  behind.requests.length = 0;
});

const POST = 'POST /api/checkout HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n';

/** A problem as documented, that says nothing about the inside. */
function expectProblem(answer: RawAnswer | undefined, status: number, code: string) {
  const body = problem.loose().parse(JSON.parse(answer?.body ?? ''));
  expect([answer?.status, body.status, body.code]).toEqual([status, status, code]);
  expect(answer?.headers['content-type']).toBe('application/problem+json');
  expect(answer?.body).not.toMatch(/node_modules|\.[jt]s\b|\bat [A-Z]|Error:|express|undici|zod|127\.0\.0\.1/);
  return body;
}

describe('a body that is no checkout is 400, with everything that is wrong with it:', () => {
  it.each(badBodies)('%s', async (_name, text, ...errors) => {
    const body = expectProblem(
      await sendRaw(gateway.port, request('POST', '/api/checkout', json, text)),
      400,
      'INVALID_BODY',
    );
    const found = (body.errors ?? []).map(({ pointer, code }) => `${pointer} ${code}`);
    if (found.length <= 20) expect(found.sort()).toEqual([...errors].sort());
    else expect(found).toEqual(expect.arrayContaining(errors));
  });

  it.each(brokenJson)('%s is not JSON', async (_name, text) => {
    expectProblem(await sendRaw(gateway.port, request('POST', '/api/checkout', json, text)), 400, 'BROKEN_JSON');
  });

  it('and the same at POST /api/orders', async () => {
    expectProblem(await sendRaw(gateway.port, request('POST', '/api/orders', json, '{}')), 400, 'INVALID_BODY');
  });
});

describe('a body that is well-formed and impossible is 422:', () => {
  const line = (price: string, quantity = 1, productId = PRODUCT) => ({ productId, quantity, price });

  it('one product with two prices', async () => {
    const items = [line('1.00'), line('2.00', 1, OTHER_PRODUCT), line('1.01', 1, PRODUCT.toUpperCase()), line('1.02')];
    const bytes = request('POST', '/api/checkout', json, JSON.stringify({ ...goodBody(), items }));
    const body = expectProblem(await sendRaw(gateway.port, bytes), 422, 'CONFLICTING_PRICES');
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(['/items/2/price', '/items/3/price']);
  });

  it.each([
    [[line('9999999999.99', 1), line('0.01', 1, OTHER_PRODUCT)]],
    [[line('10000000.00', 1000)]],
    [Array(50).fill(line('9999999999.99', 1000))],
  ])('a total over the limit', async (items) => {
    const bytes = request('POST', '/api/checkout', json, JSON.stringify({ ...goodBody(), items }));
    expectProblem(await sendRaw(gateway.port, bytes), 422, 'TOTAL_TOO_LARGE');
  });
});

describe('how a body is sent:', () => {
  const text = JSON.stringify(goodBody());
  const big = JSON.stringify({ ...goodBody(), x: 'y'.repeat(100 * 1024) });

  it.each([
    ['no content type', {}],
    ['text/plain', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['almost JSON', { 'content-type': 'application/jsonp' }],
    ['a list of types', { 'content-type': 'application/json, text/plain' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['latin-1', { 'content-type': 'application/json;charset="ISO-8859-1"' }],
    ['an unknown encoding', { ...json, 'content-encoding': 'zstd' }],
    ['an encoding twice', { ...json, 'content-encoding': 'gzip, gzip' }],
    ['an encoding from Object.prototype', { ...json, 'content-encoding': 'constructor' }],
  ])('%s is 415', async (_name, headers) => {
    const bytes = request('POST', '/api/checkout', headers as Record<string, string>, text);
    expectProblem(await sendRaw(gateway.port, bytes), 415, 'UNSUPPORTED_MEDIA_TYPE');
  });

  it.each([
    ['over 100 KB', json, Buffer.from(big)],
    ['6 MB', json, Buffer.alloc(6 * 1024 * 1024, ' ')],
    ['over 100 KB after gunzip', { ...json, 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(90 * 1024 * 1024))],
    ['over 100 KB after inflate', { ...json, 'content-encoding': 'deflate' }, deflateSync(Buffer.from(big))],
    ['over 100 KB after brotli', { ...json, 'content-encoding': 'br' }, brotliCompressSync(Buffer.from(big))],
  ])('%s is 413', async (_name, headers, body) => {
    const bytes = request('POST', '/api/checkout', headers as Record<string, string>, body);
    expectProblem(await sendRaw(gateway.port, bytes), 413, 'BODY_TOO_LARGE');
  });

  it('over 100 KB in chunks is 413, without waiting for the end', async () => {
    const connection = await RawConnection.open(gateway.port);
    connection.write(`${POST}transfer-encoding: chunked\r\n\r\n`);
    for (let sent = 0; sent <= 100; sent++) connection.write(`400\r\n${' '.repeat(1024)}\r\n`);
    expectProblem(await connection.answer(), 413, 'BODY_TOO_LARGE');
    await connection.closed();
  });

  it('a body that is announced too large is 413 before it is sent, and the connection stays', async () => {
    const connection = await RawConnection.open(gateway.port);
    connection.write(`${POST}content-length: 200000\r\n\r\n`);
    expectProblem(await connection.answer(), 413, 'BODY_TOO_LARGE');
    connection.write(Buffer.concat([Buffer.alloc(200_000, ' '), good()]));
    expect((await connection.answer())?.status).toBe(201);
    connection.socket.destroy();
    behind.requests.length = 0;
  });

  it.each([
    ['gzip that is none', { ...json, 'content-encoding': 'gzip' }, Buffer.from(text)],
    ['half a gzip', { ...json, 'content-encoding': 'gzip' }, gzipSync(text).subarray(0, 30)],
    ['bytes that are not UTF-8', json, Buffer.from(text.replace('user-1', 'us\u00e9r'), 'latin1')],
    ['an overlong UTF-8 sequence', json, Buffer.from([0x22, 0xc0, 0x80, 0x22])],
    ['UTF-16', json, Buffer.from(`\ufeff${text}`, 'utf16le')],
  ])('%s is 400', async (_name, headers, body) => {
    const bytes = request('POST', '/api/checkout', headers as Record<string, string>, body);
    expectProblem(await sendRaw(gateway.port, bytes), 400, 'BROKEN_BODY');
  });

  it('a body that stalls is 408', async () => {
    const connection = await RawConnection.open(gateway.port);
    connection.write(good().subarray(0, -10));
    expectProblem(await connection.answer(), 408, 'REQUEST_TIMEOUT');
    await connection.closed();
  });

  it('a body that breaks off leaves nothing', async () => {
    const connection = await RawConnection.open(gateway.port);
    connection.write(good().subarray(0, -10));
    connection.socket.end();
    await connection.closed();
  });
});

describe('what is lenient:', () => {
  afterEach(() => {
    behind.requests.length = 0;
  });
  const text = JSON.stringify(goodBody());
  it.each([
    ['a charset', { 'content-type': 'Application/JSON; Charset="UTF-8"' }, text],
    ['a byte order mark', json, `\ufeff${text}`],
    ['gzip', { ...json, 'content-encoding': 'gzip' }, gzipSync(text)],
    ['brotli', { ...json, 'content-encoding': 'br' }, brotliCompressSync(text)],
    ['deflate', { ...json, 'content-encoding': 'deflate' }, deflateSync(text)],
    ['identity', { ...json, 'content-encoding': 'identity' }, text],
    ['any Accept', { ...json, accept: 'image/png' }, text],
    ['white space', json, JSON.stringify(goodBody(), null, 9)],
    ['1.0 and 1e1 as whole numbers', json, text.replace('"quantity":2', '"quantity":1e1')],
    ['50 lines', json, JSON.stringify({ ...goodBody(), items: Array(50).fill(goodBody().items[0]) })],
    ['the largest total', json, text.replace('"quantity":2', '"quantity":1').replace('29.99', '9999999999.99')],
  ])('%s is taken', async (_name, headers, body) => {
    const bytes = request('POST', '/api/checkout', headers as Record<string, string>, body);
    expect((await sendRaw(gateway.port, bytes))?.status).toBe(201);
    behind.requests.length = 0;
  });
});

describe('addresses and methods:', () => {
  it.each([
    ['GET', '/'],
    ['GET', '/api'],
    ['POST', '/api/checkouts'],
    ['GET', `/api/orders/${PRODUCT}/nothing`],
    ['GET', '/api/checkout/../../etc/passwd'],
    ['GET', '//evil.example/%2e%2e'],
    ['PROPFIND', '/nowhere'],
  ])('%s %s is 404', async (method, path) => {
    expectProblem(await sendRaw(gateway.port, request(method, path, {})), 404, 'NOT_FOUND');
  });

  it.each([
    ['GET', '/api/checkout', 'POST, OPTIONS'],
    ['PUT', '/api/checkout', 'POST, OPTIONS'],
    ['DELETE', '/api/orders', 'POST, OPTIONS'],
    ['PATCH', `/api/orders/${PRODUCT}`, 'GET, HEAD, OPTIONS'],
    ['GET', `/api/orders/${PRODUCT}/cancel`, 'POST, OPTIONS'],
    ['POST', '/api/products', 'GET, HEAD, OPTIONS'],
    ['POST', '/api/orders/user/u', 'GET, HEAD, OPTIONS'],
    ['POST', '/health', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/metrics', 'GET, HEAD, OPTIONS'],
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    const answer = await sendRaw(gateway.port, request(method, path, json, '{}'));
    expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
    expect(answer?.headers.allow).toBe(allow);
  });

  it('OPTIONS says what is allowed, and nothing about other origins', async () => {
    const answer = await sendRaw(gateway.port, request('OPTIONS', '/api/checkout', { origin: 'https://evil.example' }));
    expect([answer?.status, answer?.headers.allow]).toEqual([204, 'POST, OPTIONS']);
    expect(answer?.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it.each(['/api/orders/%zz', '/api/products/%', '/api/orders/user/%c0%80'])('%s is 400', async (path) => {
    expectProblem(await sendRaw(gateway.port, request('GET', path, {})), 400, 'BROKEN_REQUEST');
  });

  it.each([
    '/api/orders/1',
    '/api/orders/00000000-0000-0000-0000-000000000000',
    `/api/orders/${PRODUCT}%0a`,
    '/api/orders/1/saga',
    '/api/products/__proto__',
    '/api/products/%00',
    '/api/orders/user/a%20b',
    `/api/orders/user/${'x'.repeat(65)}`,
    '/api/orders/user/..%2f..%2fproducts',
  ])('%s is 400 INVALID_ID', async (path) => {
    expect(expectProblem(await sendRaw(gateway.port, request('GET', path, {})), 400, 'INVALID_ID')).not.toHaveProperty(
      'errors',
    );
  });

  it.each([
    ['limit=0', '/query/limit'],
    ['limit=101', '/query/limit'],
    ['limit=-1', '/query/limit'],
    ['limit=1.5', '/query/limit'],
    ['limit=abc', '/query/limit'],
    ['limit=', '/query/limit'],
    ['limit=1&limit=2', '/query/limit'],
    ['cursor=', '/query/cursor'],
    ['cursor=a%20b', '/query/cursor'],
    ['cursor=a%00', '/query/cursor'],
    [`cursor=${'x'.repeat(513)}`, '/query/cursor'],
    ['limit=0&cursor=', '/query/limit', '/query/cursor'],
  ])('?%s is 400 INVALID_QUERY', async (query, ...pointers) => {
    const answer = await sendRaw(gateway.port, request('GET', `/api/orders/user/u?${query}`, {}));
    const body = expectProblem(answer, 400, 'INVALID_QUERY');
    expect(body.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
    expect(body.instance).toBe('/api/orders/user/u');
  });

  it.each([
    ['[]', ' WRONG_TYPE'],
    ['{"reason":""}', '/reason TOO_SMALL'],
    ['{"reason":1}', '/reason WRONG_TYPE'],
    [JSON.stringify({ reason: 'x'.repeat(501) }), '/reason TOO_LARGE'],
    ['{"reason":"a\\u0000b"}', '/reason INVALID_VALUE'],
    ['{"reason":"a\\ud800b"}', '/reason INVALID_VALUE'],
    ['{"why":"x"}', '/why UNKNOWN_FIELD'],
  ])('cancelling with %s is 400', async (text, error) => {
    const answer = await sendRaw(gateway.port, request('POST', `/api/orders/${PRODUCT}/cancel`, json, text));
    const body = expectProblem(answer, 400, 'INVALID_BODY');
    expect(body.errors?.map(({ pointer, code }) => `${pointer} ${code}`)).toEqual([error]);
  });
});

describe('below the router:', () => {
  it.each([
    ['no HTTP', 400, 'BROKEN_REQUEST', 'hello\r\n\r\n'],
    ['TLS', 400, 'BROKEN_REQUEST', Buffer.from('16030100a5010000a10303', 'hex')],
    ['an unknown version', 400, 'BROKEN_REQUEST', 'GET / HTTP/9.9\r\nhost: shop\r\n\r\n'],
    ['a header without a colon', 400, 'BROKEN_REQUEST', 'GET / HTTP/1.1\r\nhost: shop\r\nrubbish\r\n\r\n'],
    ['NUL in a header', 400, 'BROKEN_REQUEST', 'GET / HTTP/1.1\r\nhost: shop\r\nx: a\0b\r\n\r\n'],
    ['no Host', 400, 'BROKEN_REQUEST', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['both lengths', 400, 'BROKEN_REQUEST', `${POST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', 400, 'BROKEN_REQUEST', `${POST}content-length: 5\r\ncontent-length: 6\r\n\r\nhello!`],
    ['a negative length', 400, 'BROKEN_REQUEST', `${POST}content-length: -1\r\n\r\n`],
    ['a broken chunk', 400, 'BROKEN_REQUEST', `${POST}transfer-encoding: chunked\r\n\r\nzz\r\n`],
    ['headers of 20 KB', 431, 'HEADERS_TOO_LARGE', `GET / HTTP/1.1\r\nhost: shop\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`],
    ['a path of 20 KB', 431, 'HEADERS_TOO_LARGE', `GET /${'y'.repeat(20_000)} HTTP/1.1\r\nhost: shop\r\n\r\n`],
    [
      '1,000 headers',
      431,
      'HEADERS_TOO_LARGE',
      `GET / HTTP/1.1\r\nhost: shop\r\n${'x: yyyyyyyyyyyyyyyy\r\n'.repeat(1_000)}\r\n`,
    ],
    ['an expectation', 417, 'EXPECTATION_FAILED', 'GET / HTTP/1.1\r\nhost: shop\r\nexpect: 200-maybe\r\n\r\n'],
    ['a tunnel', 405, 'METHOD_NOT_ALLOWED', 'CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n'],
    ['headers that stall', 408, 'REQUEST_TIMEOUT', 'GET /health/live HTTP/1.1\r\nhost: shop\r\n'],
  ])('%s is %i %s', async (_name, status, code, bytes) => {
    const connection = await RawConnection.open(gateway.port);
    connection.write(bytes);
    expectProblem(await connection.answer(), status, code);
    await connection.closed();
  });

  it('rubbish behind a good request does not cost it its answer, and ends the connection', async () => {
    const connection = await RawConnection.open(gateway.port);
    connection.write(Buffer.concat([good(), Buffer.from('rubbish\r\n\r\n')]));
    expect((await connection.answer())?.status).toBe(201);
    await connection.closed();
    expect(await connection.answer()).toBeUndefined();
    behind.requests.length = 0;
  });

  it('two good requests in one piece are answered in order', async () => {
    const connection = await RawConnection.open(gateway.port);
    connection.write(Buffer.concat([good(), request('GET', '/health/live', {})]));
    expect((await connection.answer())?.status).toBe(201);
    expect((await connection.answer())?.status).toBe(200);
    connection.socket.destroy();
    behind.requests.length = 0;
  });
});
