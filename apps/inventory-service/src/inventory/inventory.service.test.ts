import { randomUUID } from 'node:crypto';
import { createPool } from '@saga-checkout/database';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import type { LineItem, Outcome } from '@saga-checkout/shared-types';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate } from '../testing/gate.js';
import { InventoryRepository } from './inventory.repository.js';
import { InventoryService } from './inventory.service.js';

let database: TestDatabase;
/** Two replicas of the service: pools, repositories and rounds of their own, one database. */
let one: InventoryService;
let two: InventoryService;
let secondPool: ReturnType<typeof createPool>;

const serviceOn = (pool: TestDatabase['pool']) =>
  new InventoryService(new InventoryRepository(pool), () => new Date(), uuidv7);

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../drizzle', import.meta.url) });
  secondPool = createPool({ url: database.url, applicationName: 'second replica' });
  one = serviceOn(database.pool);
  two = serviceOn(secondPool);
});
afterAll(async () => {
  await secondPool.end();
  await database.drop();
});

const PRICE = '9.50';

async function stocked(...quantities: number[]): Promise<string[]> {
  const ids = quantities.map(() => randomUUID());
  await database.pool.query(
    `INSERT INTO products (id, name, description, price, currency, stock_quantity, initial_quantity)
     SELECT id, 'thing', '', ${PRICE}, 'USD', quantity, quantity FROM unnest($1::uuid[], $2::int[]) AS p (id, quantity)`,
    [ids, quantities],
  );
  return ids;
}

const line = (productId: string, quantity = 1, price = PRICE): LineItem => ({ productId, quantity, price });
const asking = (...items: LineItem[]) => ({ orderId: randomUUID(), items, currency: 'USD' });
const isDone = ({ outcome }: Outcome) => outcome === 'done';
const stockOf = async (id: string) => {
  const { rows } = await database.pool.query(
    'SELECT stock_quantity AS stock, reserved_quantity AS reserved, version FROM products WHERE id = $1',
    [id],
  );
  return rows[0];
};

/** The books as an auditor would check them, in its own SQL: reserved = Σ RESERVED, and nothing appears or gets lost. */
async function expectBalancedBooks() {
  const { rows } = await database.pool.query(`
    SELECT p.id FROM products p
    LEFT JOIN (SELECT product_id, sum(quantity) AS held FROM reservations WHERE status = 'RESERVED' GROUP BY 1) r
      ON r.product_id = p.id
    WHERE p.reserved_quantity <> coalesce(r.held, 0)
       OR p.initial_quantity + p.restocked_quantity <> p.stock_quantity + p.reserved_quantity`);
  expect(rows).toEqual([]);
}

describe('one order', () => {
  it('reserves all its lines and gives them back', async () => {
    const [mug, lamp] = (await stocked(5, 1)) as [string, string];
    const payload = asking(line(mug, 2), line(lamp), line(mug));
    const first = await one.reserve(payload);
    expect(first).toMatchObject({
      outcome: 'done',
      data: { reservationIds: [expect.any(String), expect.any(String)] },
    });
    expect(await two.reserve(payload)).toEqual(first);
    expect(await stockOf(mug)).toEqual({ stock: 2, reserved: 3, version: 2 });
    expect(await stockOf(lamp)).toEqual({ stock: 0, reserved: 1, version: 2 });
    expect(await two.release(payload)).toEqual({ outcome: 'done', data: {} });
    expect(await one.release(payload)).toEqual({ outcome: 'done', data: {} });
    expect(await stockOf(mug)).toEqual({ stock: 5, reserved: 0, version: 3 });
    expect(await one.reserve(payload)).toMatchObject({ outcome: 'refused', code: 'RESERVATION_RELEASED' });
    await expectBalancedBooks();
  });

  it('is refused as a whole, and stays refused when there is stock again', async () => {
    const [mug, lamp] = (await stocked(5, 1)) as [string, string];
    const other = asking(line(lamp));
    await one.reserve(other);
    const payload = asking(line(mug), line(lamp));
    const refusal = await one.reserve(payload);
    expect(refusal).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      details: { productId: lamp, requested: 1, available: 0 },
    });
    await one.release(other);
    expect(await two.reserve(payload)).toEqual(refusal);
    expect(await stockOf(mug)).toEqual({ stock: 5, reserved: 0, version: 1 });
    expect(await one.release(payload)).toEqual({ outcome: 'done', data: {} });
    await expectBalancedBooks();
  });

  it('is refused when the price has changed, or a product is unknown', async () => {
    const [mug] = (await stocked(5)) as [string];
    const stale = await one.reserve(asking(line(mug, 1, '9.49')));
    expect(stale).toMatchObject({ code: 'PRICE_CHANGED', details: { price: '9.49', currentPrice: PRICE } });
    expect(await one.reserve(asking(line(randomUUID())))).toMatchObject({ code: 'UNKNOWN_PRODUCT' });
  });

  it('leaves a tombstone when released before it is reserved', async () => {
    const [mug] = (await stocked(5)) as [string];
    const payload = asking(line(mug));
    expect(await one.release(payload)).toEqual({ outcome: 'done', data: {} });
    expect(await two.reserve(payload)).toMatchObject({ outcome: 'refused', code: 'RESERVATION_RELEASED' });
    expect(await stockOf(mug)).toEqual({ stock: 5, reserved: 0, version: 1 });
  });

  it('conflicts when it asks for something else', async () => {
    const [mug] = (await stocked(5)) as [string];
    const payload = asking(line(mug));
    await one.reserve(payload);
    expect(await one.reserve({ ...payload, items: [line(mug, 2)] })).toMatchObject({ code: 'RESERVATION_CONFLICT' });
  });
});

describe('a round', () => {
  it('bumps a product once, however many orders want it', async () => {
    const [mug] = (await stocked(50)) as [string];
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => one.reserve(asking(line(mug)))));
    expect(outcomes.map(isDone)).toEqual([...Array(50).fill(true), ...Array(10).fill(false)]);
    expect(await stockOf(mug)).toEqual({ stock: 0, reserved: 50, version: 2 });
  });

  it('touches no product when everybody is refused', async () => {
    const [lamp] = (await stocked(0)) as [string];
    await Promise.all(Array.from({ length: 5 }, () => one.reserve(asking(line(lamp)))));
    expect(await stockOf(lamp)).toMatchObject({ version: 1 });
  });
});

describe('two replicas at the same moment', () => {
  it('sell 50 units of one product exactly once each', async () => {
    for (let run = 0; run < 10; run++) {
      const [hot] = (await stocked(50)) as [string];
      const replicas = Array.from({ length: 200 }, (_, index) => (index % 2 ? one : two));
      const outcomes = await Promise.all(replicas.map((replica) => replica.reserve(asking(line(hot)))));
      expect(outcomes.filter(isDone)).toHaveLength(50);
      expect(await stockOf(hot)).toMatchObject({ stock: 0, reserved: 50 });
    }
    await expectBalancedBooks();
  });

  it('never deadlock, though their orders name the same products in opposite order', async () => {
    const ids = await stocked(1000, 1000, 1000, 20);
    for (let wave = 0; wave < 15; wave++) {
      const forth = Array.from({ length: 20 }, () => asking(...ids.map((id) => line(id))));
      const back = Array.from({ length: 20 }, () => asking(...ids.toReversed().map((id) => line(id))));
      await Promise.all([
        ...forth.map((payload) => one.reserve(payload)),
        ...back.map((payload) => two.reserve(payload)),
      ]);
      await Promise.all([
        ...forth.map((payload) => two.release(payload)),
        ...back.map((payload) => one.release(payload)),
      ]);
    }
    for (const id of ids) expect(await stockOf(id)).toMatchObject({ reserved: 0 });
    await expectBalancedBooks();
  });

  it('reserve an order once, and answer the same', async () => {
    const [mug] = (await stocked(1000)) as [string];
    const payloads = Array.from({ length: 100 }, () => asking(line(mug, 2)));
    const [first, second] = await Promise.all([
      Promise.all(payloads.map((payload) => one.reserve(payload))),
      Promise.all(payloads.toReversed().map((payload) => two.reserve(payload))),
    ]);
    expect(second.toReversed()).toEqual(first);
    expect(await stockOf(mug)).toMatchObject({ stock: 800, reserved: 200 });
    await expectBalancedBooks();
  });

  it('agree on whether reserve or release came first, and no stock leaks', async () => {
    const [mug] = (await stocked(1000)) as [string];
    const payloads = Array.from({ length: 100 }, () => asking(line(mug)));
    await Promise.all([
      Promise.all(payloads.map((payload) => one.reserve(payload))),
      Promise.all(payloads.map((payload) => two.release(payload))),
    ]);
    expect(await stockOf(mug)).toMatchObject({ stock: 1000, reserved: 0 });
    await expectBalancedBooks();
  });

  it('sell what there is to customers who come one after the other, and nobody loses for ever', async () => {
    const [hot, warm] = (await stocked(300, 1000)) as [string, string];
    let sold = 0;
    const customer = async (replica: InventoryService) => {
      while (isDone(await replica.reserve(asking(line(warm), line(hot))))) sold++;
    };
    await Promise.all(Array.from({ length: 12 }, (_, index) => customer(index % 2 ? one : two)));
    expect(sold).toBe(300);
    expect(await stockOf(warm)).toMatchObject({ stock: 700, reserved: 300 });
    await expectBalancedBooks();
  });
});

describe('a replica that always loses', () => {
  /** Somebody else is faster, as often as it is told. */
  class Unlucky extends InventoryRepository {
    losses = 0;
    override save(...parameters: Parameters<InventoryRepository['save']>): Promise<boolean> {
      return this.losses-- > 0 ? Promise.resolve(false) : super.save(...parameters);
    }
  }

  it('locks the products first, and then cannot lose', async () => {
    const [hot] = (await stocked(5)) as [string];
    const repository = new Unlucky(database.pool);
    repository.losses = 1000;
    const service = new InventoryService(repository, () => new Date(), uuidv7);
    expect(await service.reserve(asking(line(hot)))).toMatchObject({ outcome: 'done' });
    expect(await stockOf(hot)).toMatchObject({ stock: 4, reserved: 1 });
  });
});

describe('a database that goes away', () => {
  it('gives failures with a code, and the service goes on when it is back', async () => {
    const [mug] = (await stocked(5)) as [string];
    const gate = await Gate.before(database.url);
    const pool = createPool({ url: gate.url, applicationName: 'behind the gate' });
    const service = serviceOn(pool);
    const [before, during] = [asking(line(mug)), asking(line(mug))];
    const reserved = await service.reserve(before);
    gate.shut();
    await expect(service.reserve(during)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await expect(service.release(before)).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    gate.open();
    expect(await service.reserve(during)).toMatchObject({ outcome: 'done' });
    expect(await service.reserve(before)).toEqual(reserved);
    expect(await stockOf(mug)).toMatchObject({ stock: 3, reserved: 2 });
    await pool.end();
    await gate.close();
  });
});
