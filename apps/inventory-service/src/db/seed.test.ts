import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { product, uuid } from '@saga-checkout/shared-types';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InventoryReader } from '../inventory/inventory.reader.js';
import { catalog } from './catalog.js';
import { migrations } from './migrations.js';
import { seed } from './seed.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrations });
});
afterAll(() => database.drop());

it('puts ten products in stock, under fixed ids', async () => {
  expect(await seed(database.pool)).toEqual({ added: 10 });
  const products = await new InventoryReader(database.pool).products();
  expect(products.map((each) => product.parse(each))).toHaveLength(10);
  for (const { id } of catalog) expect(uuid.parse(id)).toBe(id);
  const of = (id: string) => products.find((each) => each.id === id);
  expect(of('660facf7-b9cf-417a-8ee1-27afe2fb2c72')).toMatchObject({ price: '29.99', available: 100_000 });
  expect(of('dda60f33-8dfd-4da2-96c8-1a029d72725a')).toMatchObject({
    name: 'Limited Stock Item',
    price: '19.99',
    available: 5,
  });
  expect(products.filter(({ available }) => available === 100_000)).toHaveLength(9);
});

it('changes nothing the second time, not even stock that was sold meanwhile', async () => {
  await database.pool.query('UPDATE products SET stock_quantity = 3, reserved_quantity = 2, version = 2');
  const before = await database.pool.query('SELECT * FROM products ORDER BY id');
  expect(await seed(database.pool)).toEqual({ added: 0 });
  expect((await database.pool.query('SELECT * FROM products ORDER BY id')).rows).toEqual(before.rows);
});
