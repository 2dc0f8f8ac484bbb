import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { health, inventory, product, reservationRecord } from '@saga-checkout/shared-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seed } from './db/seed.js';
import { ServiceProcess, TestSender, until } from './testing/service-process.js';

const RABBITMQ_URL = process.env.TEST_RABBITMQ_URL ?? 'amqp://admin:admin@127.0.0.1:5672';

const backpack = { productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 2, price: '29.99' };
const limited = { productId: 'dda60f33-8dfd-4da2-96c8-1a029d72725a', quantity: 1, price: '19.99' };
const asking = (...items: (typeof backpack)[]) => ({ orderId: randomUUID(), items, currency: 'USD' });

describe('the service as a process', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let sender: TestSender;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase({ migrations: new URL('../drizzle', import.meta.url) });
    await seed(database.pool);
    service = new ServiceProcess({ DB_URL: database.url, RABBITMQ_URL });
    sender = new TestSender(RABBITMQ_URL, inventory.reserve.queue);
    url = await service.url();
    await until('ready', async () => (await fetch(`${url}/health/ready`)).ok);
    await sender.start();
  });
  afterAll(async () => {
    await sender.close();
    await service.end();
    await database.drop();
  });

  const get = async (path: string) => {
    const response = await fetch(url + path);
    const body = (await response.json()) as { items: unknown[]; dependencies: object };
    return { status: response.status, body };
  };
  const availableOf = async ({ productId }: typeof backpack) =>
    product.parse((await get(`/products/${productId}`)).body).available;

  it('executes commands from its queue and serves what has become of them', async () => {
    const payload = asking(backpack, limited);
    const [reserved] = await sender.ask(inventory.reserve, [payload]);
    expect(reserved).toMatchObject({ outcome: 'done', data: { reservationIds: { length: 2 } } });
    const { reservationIds } = inventory.reserve.reply.parse((reserved as { data: unknown }).data);
    expect([await availableOf(backpack), await availableOf(limited)]).toEqual([99_998, 4]);
    const list = z.object({ items: z.array(reservationRecord) }).strict();
    const held = list.parse((await get(`/reservations/${payload.orderId}`)).body).items;
    expect(held.map(({ id }) => id)).toEqual(reservationIds);
    expect(held).toMatchObject([{ quantity: 2, status: 'RESERVED' }, { quantity: 1 }]);
    expect(await sender.ask(inventory.release, [{ orderId: payload.orderId }])).toMatchObject([
      { outcome: 'done', data: {} },
    ]);
    expect([await availableOf(backpack), await availableOf(limited)]).toEqual([100_000, 5]);
    expect((await get(`/reservations/${payload.orderId}`)).body.items).toMatchObject([
      { status: 'RELEASED' },
      { status: 'RELEASED' },
    ]);
  });

  it('sells the last five units to the first five of many that travel together', async () => {
    const payloads = Array.from({ length: 200 }, () => asking(limited));
    const replies = await sender.ask(inventory.reserve, payloads);
    expect(replies.map(({ outcome }) => outcome)).toEqual([...Array(5).fill('done'), ...Array(195).fill('refused')]);
    expect(replies.at(-1)).toMatchObject({
      code: 'INSUFFICIENT_STOCK',
      details: { productId: limited.productId, requested: 1, available: 0 },
    });
    expect(await sender.ask(inventory.reserve, payloads)).toMatchObject(
      replies.map(({ id: _id, ...outcome }) => outcome),
    );
  });

  it('refuses an old price with the current one', async () => {
    const [reply] = await sender.ask(inventory.reserve, [asking({ ...backpack, price: '1.00' })]);
    expect(reply).toMatchObject({ outcome: 'refused', code: 'PRICE_CHANGED', details: { currentPrice: '29.99' } });
  });

  it('serves the catalog', async () => {
    const all = (await get('/products')).body.items;
    expect(all.map((each) => product.parse(each))).toHaveLength(10);
    const some = await get(`/products?ids=${backpack.productId.toUpperCase()},${randomUUID()}`);
    expect(some.body.items).toMatchObject([{ id: backpack.productId, price: '29.99', currency: 'USD' }]);
    for (const ids of ['', 'x', Array(51).fill(randomUUID()).join(',')])
      expect(await get(`/products?ids=${ids}`)).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
    for (const id of ['42', randomUUID()])
      expect(await get(`/products/${id}`)).toMatchObject({ status: 404, body: { code: 'PRODUCT_NOT_FOUND' } });
    for (const id of ['42', randomUUID()])
      expect(await get(`/reservations/${id}`)).toEqual({ status: 200, body: { items: [] } });
  });

  it('says how it is', async () => {
    const { body } = await get('/health');
    expect(health.parse(body)).toMatchObject({ status: 'healthy', service: 'inventory-service' });
    expect(Object.keys(body.dependencies)).toEqual(['database', 'broker', 'migrations']);
  });
});

describe('a service in trouble', () => {
  it('starts without database and broker, and tells the truth', async () => {
    const nowhere = { DB_URL: 'postgres://a:b@127.0.0.1:1/inventory', RABBITMQ_URL: 'amqp://a:b@127.0.0.1:1' };
    const service = new ServiceProcess(nowhere);
    const url = await service.url();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect(await (await fetch(`${url}/health/ready`)).json()).toMatchObject({
      failing: ['database', 'broker', 'migrations'],
    });
    const read = await fetch(`${url}/products`);
    expect(read.status).toBe(503);
    expect(await read.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await service.end('SIGTERM')).toBe(0);
  });
});
