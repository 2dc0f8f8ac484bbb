import { randomUUID } from 'node:crypto';
import { createPool } from '@saga-checkout/database';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Order } from './order.js';
import { OrderReader } from './order.reader.js';
import { OrderRepository } from './order.repository.js';

let database: TestDatabase;
let pool: TestDatabase['pool'];
let repository: OrderRepository;

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../drizzle', import.meta.url) });
  pool = createPool({ url: database.url, applicationName: 'test' });
  repository = new OrderRepository(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const now = new Date('2026-11-20T10:00:00.123Z');
const content = {
  userId: 'ann',
  currency: 'USD',
  lines: [
    { productId: randomUUID(), quantity: 1000, price: '9999999.99' },
    { productId: randomUUID(), quantity: 1, price: '0.00' },
  ],
};
const pending = (id: string = randomUUID()): Order => ({ id, version: 0, status: 'PENDING', content });
const confirmed = (id: string, version: number): Order => ({
  id,
  version,
  status: 'CONFIRMED',
  paymentId: randomUUID(),
  confirmedAt: now,
});
const load = (...ids: string[]) => repository.load(ids.map((id) => ({ id, withContent: true })));

describe('save', () => {
  it('gives back on load what was saved', async () => {
    const fresh = pending();
    const tombstone: Order = { id: randomUUID(), version: 0, status: 'CANCELLED', cancelReason: '“no”, {NULL}, \\ "' };
    expect(await repository.save([fresh, tombstone], now)).toBe(true);
    const change = confirmed(fresh.id, 1);
    expect(await repository.save([change], now)).toBe(true);
    expect(await load(fresh.id, tombstone.id, randomUUID())).toEqual(
      new Map<string, Order>([
        [fresh.id, { ...change, version: 2, content }],
        [tombstone.id, { ...tombstone, version: 1 }],
      ]),
    );
  });

  it('writes nothing at all when one order has moved', async () => {
    const [moved, other, fresh] = [pending(), pending(), pending()];
    await repository.save([moved, other], now);
    await repository.save([confirmed(moved.id, 1)], now);
    expect(await repository.save([confirmed(moved.id, 1), confirmed(other.id, 1), fresh], now)).toBe(false);
    const found = await load(moved.id, other.id, fresh.id);
    expect(found.get(other.id)).toMatchObject({ status: 'PENDING', version: 1 });
    expect(found.has(fresh.id)).toBe(false);
  });

  it('throws a unique violation, and writes nothing, when another writer was first', async () => {
    const [first, fresh] = [pending(), pending()];
    await repository.save([first], now);
    await expect(repository.save([fresh, first], now)).rejects.toMatchObject({ code: '23505' });
    expect((await load(fresh.id)).size).toBe(0);
  });
});

describe('the statements', () => {
  /** The plan that a prepared statement has on the connection that prepared it. */
  const planOf = async (name: string, parameters: number) => {
    await pool.query('SET plan_cache_mode = force_generic_plan');
    const nulls = Array(parameters).fill('NULL').join(', ');
    const { rows } = await pool.query(`EXPLAIN EXECUTE "${name}" (${nulls})`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  it('find every row by its key, also if they were planned while there were few', async () => {
    for (const rows of [0, 1, 60]) {
      for (let row = 0; row < rows; row++) await repository.save([pending()], now);
      await pool.query('ANALYZE');
      await repository.save([pending()], now);
      await load(randomUUID());
      for (const plan of [await planOf('orders-load', 2), await planOf('orders-save', 20)]) {
        expect(plan).not.toContain('Seq Scan');
        expect(plan).not.toContain('orders_of_user');
        const lines = plan.split('\n');
        const scans = lines.flatMap((line, index) => (/Index (Only )?Scan/.test(line) ? [lines[index + 1]] : []));
        expect(scans.length).toBeGreaterThan(1);
        for (const next of scans) expect(next).toContain('Index Cond');
      }
    }
  });

  it('find the newest orders of a user by index', async () => {
    await new OrderReader(pool).page('ann', 10, { createdAt: now, id: randomUUID() });
    const plan = await planOf('orders-page-after', 4);
    expect(plan).toMatch(/Index Scan Backward using orders_of_user.*\n\s+Index Cond: .*user_id.*created_at/);
  });
});

describe('the tables', () => {
  const insert = (columns: Record<string, unknown>) => {
    const row = { id: randomUUID(), user_id: 'ann', status: 'PENDING', total: '1.00', currency: 'USD', ...columns };
    const names = Object.keys(row);
    const values = names.map((_, index) => `$${index + 1}`);
    return pool.query(`INSERT INTO orders (${names}) VALUES (${values})`, Object.values(row));
  };
  const illegal: [string, Record<string, unknown>][] = [
    ['an unknown status', { status: 'DONE' }],
    ['a total that is no number', { total: 'NaN' }],
    ['a negative total', { total: '-0.01' }],
    ['no total', { total: null }],
    ['no user', { user_id: null }],
    ['a pending tombstone', { user_id: null, total: null, currency: null }],
    ['a currency that is none', { currency: 'usd' }],
    ['confirmed without a payment', { status: 'CONFIRMED' }],
    ['confirmed without a time', { status: 'CONFIRMED', payment_id: randomUUID() }],
    ['paid but not confirmed', { payment_id: randomUUID(), confirmed_at: now }],
    ['cancelled without a reason', { status: 'CANCELLED' }],
    ['a reason without being cancelled', { cancel_reason: 'because' }],
    ['version 0', { version: 0 }],
  ];
  it.each(illegal)('do not take %s', async (_name, columns) => {
    await expect(insert(columns)).rejects.toMatchObject({ code: '23514' });
  });

  it('do not take lines without a quantity, with a price that is no number, or of no order', async () => {
    const order = pending();
    await repository.save([order], now);
    const line = (id: string, quantity: number, price: string) =>
      pool.query('INSERT INTO order_items VALUES ($1, 9, $2, $3, $4)', [id, randomUUID(), quantity, price]);
    await expect(line(order.id, 0, '1.00')).rejects.toMatchObject({ code: '23514' });
    await expect(line(order.id, 1, 'NaN')).rejects.toMatchObject({ code: '23514' });
    await expect(line(order.id, 1, '-1.00')).rejects.toMatchObject({ code: '23514' });
    await expect(line(randomUUID(), 1, '1.00')).rejects.toMatchObject({ code: '23503' });
  });
});
