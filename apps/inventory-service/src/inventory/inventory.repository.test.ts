import { randomUUID } from 'node:crypto';
import { createPool } from '@saga-checkout/database';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InventoryRepository } from './inventory.repository.js';
import type { OrderReservation, StockChange } from './reservation.js';

let database: TestDatabase;
let pool: TestDatabase['pool'];
let repository: InventoryRepository;

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../drizzle', import.meta.url) });
  pool = createPool({ url: database.url, applicationName: 'test' });
  repository = new InventoryRepository(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const now = new Date();
const price = '9.50';

async function stocked(quantity = 10): Promise<string> {
  const id = randomUUID();
  await pool.query(
    `INSERT INTO products (id, name, description, price, currency, stock_quantity, initial_quantity)
     VALUES ($1, 'thing', '', ${price}, 'USD', $2, $2)`,
    [id, quantity],
  );
  return id;
}

const taking = (productId: string, taken = 1, version = 1): StockChange => ({ productId, taken, version });
const reserved = (productId: string, orderId: string = randomUUID()): OrderReservation => ({
  orderId,
  version: 0,
  content: `1 of ${productId}`,
  status: 'RESERVED',
  lines: [{ id: randomUUID(), productId, quantity: 1, price }],
});

describe('save', () => {
  it('gives back on load what was saved', async () => {
    const product = await stocked();
    const held = reserved(product);
    const refusal = { code: 'INSUFFICIENT_STOCK', message: '“no”, {NULL}, \\ "', details: { available: 1 } };
    const refused: OrderReservation = { orderId: randomUUID(), version: 0, content: 'x', status: 'REFUSED', refusal };
    const tombstone: OrderReservation = {
      orderId: randomUUID(),
      version: 0,
      content: null,
      status: 'RELEASED',
      lines: [],
    };
    expect(await repository.save([taking(product)], [held, refused, tombstone], now)).toBe(true);
    const ids = [held, refused, tombstone].map(({ orderId }) => orderId);
    expect(await repository.load([...ids, randomUUID()], [randomUUID()])).toEqual({
      // Not asked for, but a release of the first order would give it back.
      products: new Map([[product, { id: product, price, currency: 'USD', stock: 9, version: 2 }]]),
      orders: new Map([held, refused, tombstone].map((order) => [order.orderId, { ...order, version: 1 }])),
    });
    expect(
      await repository.save([taking(product, -1, 2)], [{ ...held, version: 1, status: 'RELEASED', lines: [] }], now),
    ).toBe(true);
    const after = await repository.load(ids.slice(0, 1), [product]);
    expect(after.orders.get(held.orderId)).toMatchObject({ status: 'RELEASED', version: 2, lines: [] });
    expect(after.products.get(product)).toMatchObject({ stock: 10, version: 3 });
  });

  it('writes nothing at all when one product or order has moved', async () => {
    const [moved, other] = [await stocked(), await stocked()];
    const first = reserved(moved);
    expect(await repository.save([taking(moved)], [first], now)).toBe(true);
    const late = reserved(other);
    expect(await repository.save([taking(moved), taking(other)], [late], now)).toBe(false);
    const release = (version: number): OrderReservation => ({ ...first, version, status: 'RELEASED', lines: [] });
    expect(await repository.save([taking(other)], [late, release(7)], now)).toBe(false);
    await expect(repository.save([taking(other)], [late, { ...first, version: 0 }], now)).rejects.toMatchObject({
      code: '23505',
    });
    const { products, orders } = await repository.load([late.orderId], [other]);
    expect([products.get(other)?.version, orders.size]).toEqual([1, 0]);
  });

  it('cannot take more than there is, whatever was decided', async () => {
    const product = await stocked(1);
    await expect(repository.save([taking(product, 2)], [], now)).rejects.toMatchObject({ code: '23514' });
  });

  it('keeps others from moving the products while it works exclusively', async () => {
    const product = await stocked();
    let rival: Promise<boolean> | undefined;
    const saved = await repository.exclusively([], [product], async (locked) => {
      rival = repository.save([taking(product)], [reserved(product)], now);
      return locked.save([taking(product)], [reserved(product)], now);
    });
    expect([saved, await rival]).toEqual([true, false]);
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
      for (let row = 0; row < rows; row++) {
        const product = await stocked();
        await repository.save([taking(product)], [reserved(product)], now);
      }
      await pool.query('ANALYZE');
      await repository.load([randomUUID()], [randomUUID()]);
      await repository.save([], [], now);
      for (const plan of [await planOf('inventory-load', 2), await planOf('inventory-save', 16)]) {
        expect(plan).not.toContain('Seq Scan');
        const lines = plan.split('\n');
        const scans = lines.flatMap((line, index) => (/Index (Only )?Scan/.test(line) ? [lines[index + 1]] : []));
        expect(scans.length).toBeGreaterThan(2);
        for (const next of scans) expect(next).toContain('Index Cond');
      }
    }
  });
});

describe('the tables', () => {
  const insert = (table: string, row: Record<string, unknown>) => {
    const names = Object.keys(row);
    const values = names.map((_, index) => `$${index + 1}`);
    return pool.query(`INSERT INTO ${table} (${names}) VALUES (${values})`, Object.values(row));
  };
  const product = () => ({
    id: randomUUID(),
    name: 'thing',
    description: '',
    price,
    currency: 'USD',
    stock_quantity: 5,
    initial_quantity: 5,
  });
  const order = () => ({ order_id: randomUUID(), status: 'RESERVED', content: 'x' });

  it.each([
    ['negative stock', { stock_quantity: -1 }],
    ['negative reserved', { reserved_quantity: -1 }],
    ['more stock than there ever was', { stock_quantity: 6 }],
    ['more reserved than there is', { reserved_quantity: 1 }],
    ['a price that is no number', { price: 'NaN' }],
    ['a negative price', { price: '-1.00' }],
    ['a currency that is none', { currency: 'usd' }],
    ['no name', { name: '' }],
    ['version 0', { version: 0 }],
  ])('do not take a product with %s', async (_name, columns) => {
    await expect(insert('products', { ...product(), ...columns })).rejects.toMatchObject({ code: '23514' });
  });

  it.each([
    ['an unknown status', { status: 'COMMITTED' }],
    ['reserved without content', { content: null }],
    ['refused without a refusal', { status: 'REFUSED' }],
    ['reserved with a refusal', { refusal: '{}' }],
    ['version 0', { version: 0 }],
  ])("do not take an order's reservation with %s", async (_name, columns) => {
    await expect(insert('order_reservations', { ...order(), ...columns })).rejects.toMatchObject({ code: '23514' });
  });

  it('do not take a reservation of nothing, of no order, of no product, or twice', async () => {
    const [thing, header] = [product(), order()];
    await insert('products', thing);
    await insert('order_reservations', header);
    const line = (columns: Record<string, unknown> = {}) =>
      insert('reservations', {
        id: randomUUID(),
        order_id: header.order_id,
        product_id: thing.id,
        quantity: 1,
        price,
        status: 'RESERVED',
        ...columns,
      });
    for (const columns of [{ quantity: 0 }, { price: 'NaN' }, { status: 'REFUSED' }])
      await expect(line(columns)).rejects.toMatchObject({ code: '23514' });
    for (const columns of [{ order_id: randomUUID() }, { product_id: randomUUID() }])
      await expect(line(columns)).rejects.toMatchObject({ code: '23503' });
    await line();
    await expect(line()).rejects.toMatchObject({ code: '23505' });
  });
});
