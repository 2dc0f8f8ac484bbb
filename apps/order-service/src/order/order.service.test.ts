import { randomUUID } from 'node:crypto';
import { createPool } from '@saga-checkout/database';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import type { Outcome } from '@saga-checkout/shared-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate } from '../testing/gate.js';
import { OrderRepository } from './order.repository.js';
import { OrderService } from './order.service.js';

let database: TestDatabase;
/** Two replicas of the service: pools, repositories and rounds of their own, one database. */
let one: OrderService;
let two: OrderService;
let secondPool: ReturnType<typeof createPool>;

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../drizzle', import.meta.url) });
  secondPool = createPool({ url: database.url, applicationName: 'second replica' });
  one = new OrderService(new OrderRepository(database.pool), () => new Date());
  two = new OrderService(new OrderRepository(secondPool), () => new Date());
});
afterAll(async () => {
  await secondPool.end();
  await database.drop();
});

const lines = [
  { productId: randomUUID(), quantity: 2, price: '29.99' },
  { productId: randomUUID(), quantity: 1, price: '0.50' },
];
const placing = (orderId: string = randomUUID()) => ({ orderId, userId: 'ann', currency: 'USD', items: lines });
const rowOf = async (id: string) => (await database.pool.query('SELECT * FROM orders WHERE id = $1', [id])).rows[0];
const linesOf = async (id: string) =>
  (await database.pool.query('SELECT * FROM order_items WHERE order_id = $1 ORDER BY line', [id])).rows;
const isDone = (outcome: Outcome) => outcome.outcome === 'done';
const code = (outcome: Outcome) => (outcome.outcome === 'done' ? 'done' : outcome.code);

describe('one order', () => {
  it('is placed with its lines, confirmed, and then cannot be cancelled', async () => {
    const payload = placing();
    const paymentId = randomUUID();
    expect(await one.create(payload)).toEqual({
      outcome: 'done',
      data: { orderId: payload.orderId, total: '60.48', currency: 'USD' },
    });
    expect(await rowOf(payload.orderId)).toMatchObject({
      status: 'PENDING',
      user_id: 'ann',
      total: '60.48',
      version: 1,
    });
    expect(await linesOf(payload.orderId)).toMatchObject([
      { line: 1, product_id: lines[0]?.productId, quantity: 2, price: '29.99' },
      { line: 2, product_id: lines[1]?.productId, quantity: 1, price: '0.50' },
    ]);
    const confirmed = await one.confirm({ orderId: payload.orderId, paymentId });
    expect(confirmed).toMatchObject({ outcome: 'done' });
    expect(await one.cancel({ orderId: payload.orderId, reason: 'late' })).toMatchObject({ code: 'ORDER_CONFIRMED' });
    expect(await rowOf(payload.orderId)).toMatchObject({ status: 'CONFIRMED', payment_id: paymentId, version: 2 });
    expect(await two.confirm({ orderId: payload.orderId, paymentId })).toEqual(confirmed);
  });

  it('answers a repeated create the same, and other content with a conflict', async () => {
    const payload = placing();
    const first = await one.create(payload);
    expect(await two.create(payload)).toEqual(first);
    expect(await one.create({ ...payload, userId: 'bob' })).toMatchObject({ code: 'ORDER_CONFLICT' });
    expect(await linesOf(payload.orderId)).toHaveLength(2);
  });

  it('leaves a tombstone when cancelled before it is created', async () => {
    const payload = placing();
    expect(await one.cancel({ orderId: payload.orderId, reason: 'TIMED_OUT' })).toEqual({ outcome: 'done', data: {} });
    expect(await two.create(payload)).toMatchObject({ outcome: 'refused', code: 'ORDER_CANCELLED' });
    expect(await rowOf(payload.orderId)).toMatchObject({
      status: 'CANCELLED',
      user_id: null,
      cancel_reason: 'TIMED_OUT',
    });
    expect(await linesOf(payload.orderId)).toEqual([]);
  });
});

describe('two replicas at the same moment', () => {
  it('place an order once and answer the same', async () => {
    const payloads = Array.from({ length: 50 }, () => placing());
    const [first, second] = await Promise.all(
      [one, two].map((service) => Promise.all(payloads.map((payload) => service.create(payload)))),
    );
    expect(first).toEqual(second);
    expect(first?.every(isDone)).toBe(true);
    const { rows } = await database.pool.query(
      'SELECT order_id, count(*)::int AS lines FROM order_items WHERE order_id = any($1) GROUP BY 1',
      [payloads.map(({ orderId }) => orderId)],
    );
    expect(rows.map((row) => row.lines)).toEqual(payloads.map(() => 2));
  });

  it('let exactly one of confirm and cancel win, in every race', async () => {
    const payloads = Array.from({ length: 200 }, () => placing());
    await Promise.all(payloads.map((payload) => one.create(payload)));
    const backwards = payloads.toReversed();
    const paymentId = randomUUID();
    const [confirms, cancels] = await Promise.all([
      Promise.all(payloads.map(({ orderId }) => one.confirm({ orderId, paymentId }))),
      Promise.all(backwards.map(({ orderId }) => two.cancel({ orderId, reason: 'race' }))),
    ]);
    const outcomes = payloads.map((_, index) => `${code(confirms[index]!)} ${code(cancels.toReversed()[index]!)}`);
    expect(new Set([...outcomes, 'done ORDER_CONFIRMED', 'ORDER_CANCELLED done'])).toHaveLength(2);
    const { rows } = await database.pool.query('SELECT id, status FROM orders WHERE id = any($1)', [
      payloads.map(({ orderId }) => orderId),
    ]);
    const status = new Map(rows.map((row) => [row.id, row.status]));
    payloads.forEach(({ orderId }, index) => {
      expect(status.get(orderId)).toBe(outcomes[index] === 'done ORDER_CONFIRMED' ? 'CONFIRMED' : 'CANCELLED');
    });
  });

  it('let exactly one win for a single order, over and over', async () => {
    for (let race = 0; race < 60; race++) {
      const payload = placing();
      await one.create(payload);
      const { orderId } = payload;
      const [confirm, cancel] = await Promise.all([
        one.confirm({ orderId, paymentId: randomUUID() }),
        two.cancel({ orderId, reason: 'race' }),
      ]);
      expect([isDone(confirm), isDone(cancel)].filter(Boolean)).toHaveLength(1);
    }
  });

  it('agree on whether create or its cancel came first', async () => {
    const payloads = Array.from({ length: 100 }, () => placing());
    const [creates] = await Promise.all([
      Promise.all(payloads.map((payload) => one.create(payload))),
      Promise.all(payloads.map(({ orderId }) => two.cancel({ orderId, reason: 'race' }))),
    ]);
    for (const [index, created] of creates.entries()) {
      expect(['done', 'ORDER_CANCELLED']).toContain(code(created));
      const row = await rowOf(payloads[index]!.orderId);
      expect(row).toMatchObject({ status: 'CANCELLED', user_id: isDone(created) ? 'ann' : null });
    }
  });
});

describe('a round', () => {
  it('fails only the item whose data no column can hold', async () => {
    const bad = one.cancel({ orderId: randomUUID(), reason: 'a \u0000 that Postgres takes in no text' });
    const good = placing();
    const [cancelled, created] = await Promise.allSettled([bad, one.create(good)]);
    expect(cancelled.status).toBe('rejected');
    expect(created).toMatchObject({ status: 'fulfilled', value: { outcome: 'done' } });
  });

  it('rejects with a code while the database is down, and goes on when it is back', async () => {
    const gate = await Gate.before(database.url);
    const pool = createPool({ url: gate.url, applicationName: 'behind the gate' });
    const service = new OrderService(new OrderRepository(pool), () => new Date());
    const [before, during] = [placing(), placing()];
    await service.create(before);
    gate.shut();
    await expect(service.create(during)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(service.create(during)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    gate.open();
    expect(await service.create(during)).toMatchObject({ outcome: 'done' });
    expect(await service.create(before)).toMatchObject({ outcome: 'done' });
    await pool.end();
    await gate.close();
  });
});
