import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestDatabase } from '@saga-checkout/database/testing';
import { deadLetterDetail, deadLetterPage } from '@saga-checkout/shared-types';
import express from 'express';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { orchestratorDatabase } from '../testing/database.js';
import { deadLettersRouter } from './dead-letters.router.js';
import { DeadLetters } from './dead-letters.service.js';
import { letterWith } from './testing/letters.js';

let database: TestDatabase;
let letters: DeadLetters;
let server: Server;
const sagas = new Map<string, string>();

beforeAll(async () => {
  database = await orchestratorDatabase();
  const client = { isConnected: () => true, redrive: async () => undefined };
  letters = new DeadLetters({ pool: database.pool, client, log: { error() {}, info() {} }, pass: () => {} });
  const router = deadLettersRouter({ letters, sagaStatus: async (id) => sagas.get(id) });
  server = createServer(express().use(router)).listen(0, '127.0.0.1');
  await once(server, 'listening');
});
beforeEach(() => database.pool.query('truncate dead_letters'));
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await database.drop();
});

async function ask(path: string, body?: object) {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/dead-letters${path}`;
  const response = await fetch(url, body === undefined ? {} : init);
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
}

const idsOf = (body: { items: { id: string }[] }) => body.items.map(({ id }) => id).sort();
const ada = { reason: 'a test', by: 'ada' };

it('lists letters by queue, status, reason, type and saga, and in pages that miss none and repeat none', async () => {
  const mine = letterWith({
    id: 'letter-a',
    queue: 'payment_commands',
    type: 'payment.refund',
    reason: 'DELIVERY_LIMIT',
  });
  await letters.record([mine, letterWith({ id: 'letter-b' }), letterWith({ id: 'letter-c' })]);
  await letters.discard('letter-c', ada);
  const page = await ask('');
  expect(deadLetterPage.parse(page.body).items).toHaveLength(3);
  expect(idsOf((await ask('?queue=payment_commands&type=payment.refund')).body)).toEqual(['letter-a']);
  expect(idsOf((await ask('?reason=DELIVERY_LIMIT')).body)).toEqual(['letter-a']);
  expect(idsOf((await ask(`?saga=${mine.sagaId}`)).body)).toEqual(['letter-a']);
  expect(idsOf((await ask('?status=DISCARDED,REDRIVEN')).body)).toEqual(['letter-c']);

  await letters.record(Array.from({ length: 25 }, (_, n) => letterWith({ id: `letter-${100 + n}` })));
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await ask(`?status=OPEN&limit=10${cursor}`);
    seen.push(...idsOf(body));
    cursor = body.nextCursor && `&cursor=${body.nextCursor}`;
  } while (cursor);
  expect(seen).toHaveLength(27);
  expect(new Set(seen).size).toBe(27);
});

it('shows a letter with its saga and what to think of, without secrets, which stay in what is kept', async () => {
  const sagaId = '660facf7-b9cf-417a-8ee1-27afe2fb2c72';
  const items = [{ productId: 'p', quantity: 2, price: '1.00' }];
  const payload = { cardToken: 'abc', payment: { method: 'tok_visa' }, url: 'amqp://u:secret@b', items };
  const item = { id: `${sagaId}:pay:do:1`, sagaId, step: 'pay', attempt: 1, payload };
  const content = Buffer.from(JSON.stringify({ items: [item] }));
  await letters.record([letterWith({ id: 'letter-1', sagaId, content })]);

  const { body } = await ask('/letter-1');
  expect(deadLetterDetail.parse(body)).toMatchObject({ saga: null, notRedrivable: null, sizeBytes: content.length });
  expect(body.warnings).toEqual([expect.stringContaining('saga is not known')]);
  const shown = { cardToken: '[redacted]', payment: { method: '[redacted]' }, url: 'amqp://[redacted]@b', items };
  expect(body.body.json.items).toEqual([{ ...item, payload: shown }]);
  expect((await letters.find('letter-1')).content.equals(content)).toBe(true);

  sagas.set(sagaId, 'RUNNING');
  expect((await ask('/letter-1')).body).toMatchObject({ saga: { id: sagaId, status: 'RUNNING' }, warnings: [] });
  sagas.set(sagaId, 'COMPENSATED');
  expect((await ask('/letter-1')).body.warnings).toEqual([expect.stringContaining('COMPENSATED')]);
});

it('shows what is no JSON as text without secrets, and what is not even text as Base64', async () => {
  const text = '{"items": [{"password":"hunter2", oops';
  const bytes = Buffer.from([0xff, 0x00, 0x7b]);
  const detail = `Unexpected token in ..."password":"hunter2", o`;
  await letters.record([
    letterWith({ id: 'as-text-1', content: Buffer.from(text), detail }),
    letterWith({ id: 'as-bytes', content: bytes }),
  ]);
  const shown = (await ask('/as-text-1')).body;
  expect(shown.body).toEqual({ text: '{"items": [{"password":"[redacted]", oops' });
  expect(JSON.stringify(shown)).not.toContain('hunter2');
  expect(shown.notRedrivable).toContain('no command in it');
  expect((await ask('/as-bytes')).body.body).toEqual({ base64: bytes.toString('base64') });
});

it('has a letter sent again or discarded, for a reason; a second time it says who did', async () => {
  await letters.record([letterWith({ id: 'letter-1' }), letterWith({ id: 'letter-2' })]);
  const first = await ask('/letter-1/redrive', ada);
  expect(first).toMatchObject({ status: 200, body: { id: 'letter-1', status: 'REDRIVEN', decision: ada } });
  expect((await ask('/letter-1/redrive', ada)).body).toEqual(first.body);
  expect(await ask('/letter-1/redrive', { ...ada, by: 'bob' })).toMatchObject({
    status: 409,
    body: { code: 'ALREADY_REDRIVEN' },
  });
  expect(await ask('/letter-2/discard', ada)).toMatchObject({ status: 200, body: { status: 'DISCARDED' } });
  expect(await ask('/letter-2/redrive', ada)).toMatchObject({ status: 409, body: { code: 'ALREADY_DISCARDED' } });
});

it('refuses what makes no sense, with what is wrong', async () => {
  await letters.record([letterWith({ id: 'letter-1' })]);
  expect((await ask('/letter-1/redrive', { by: 'ada' })).body.errors).toMatchObject([{ pointer: '/reason' }]);
  expect((await ask('/letter-1/discard', { reason: ' ', by: 'ada' })).status).toBe(400);
  expect((await ask('?status=LOST&color=red')).body.errors).toHaveLength(2);
  expect(await ask('?cursor=xyz')).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  expect(await ask('/letter-9')).toMatchObject({ status: 404, body: { code: 'LETTER_NOT_FOUND' } });
  expect((await ask('/letter-9/discard', ada)).status).toBe(404);
});

it('lists the first page of ten thousand from an index, whatever is asked', async () => {
  for (let batch = 0; batch < 10; batch++) await letters.record(Array.from({ length: 1_000 }, () => letterWith()));
  await database.pool.query('analyze dead_letters');
  const startedAt = performance.now();
  const { body } = await ask('?status=OPEN&limit=100');
  console.log(`a page of 100 from 10,000 letters took ${(performance.now() - startedAt).toFixed(1)} ms`);
  expect(body.items).toHaveLength(100);
  const plan = async (where: string) => {
    const text = `explain (format json) select id from dead_letters where ${where} order by recorded_at desc, id desc limit 101`;
    return JSON.stringify((await database.pool.query(text)).rows);
  };
  for (const where of [
    'true',
    `status = any ('{OPEN}')`,
    `queue = 'order_commands'`,
    `(recorded_at, id) < (now(), 'x')`,
  ]) {
    const text = await plan(where);
    expect(text).toContain('Index');
    expect(text).not.toMatch(/"Node Type":"(Seq Scan|Sort)"/);
  }
});
