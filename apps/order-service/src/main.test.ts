import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { health, order, orderPage, orderRecord } from '@saga-checkout/shared-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServiceProcess, TestSender, until } from './testing/service-process.js';

const RABBITMQ_URL = process.env.TEST_RABBITMQ_URL ?? 'amqp://admin:admin@127.0.0.1:5672';

const line = { productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 2, price: '29.99' };
const placing = (userId = 'ann') => ({ orderId: randomUUID(), userId, currency: 'USD', items: [line, line] });

describe('the service as a process', () => {
  let database: TestDatabase;
  let service: ServiceProcess;
  let sender: TestSender;
  let url: string;

  beforeAll(async () => {
    database = await createTestDatabase({ migrations: new URL('../drizzle', import.meta.url) });
    service = new ServiceProcess({ DB_URL: database.url, RABBITMQ_URL });
    sender = new TestSender(RABBITMQ_URL, order.create.queue);
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
    return { status: response.status, body: (await response.json()) as { dependencies: object } };
  };

  it('executes commands from its queue and serves what has become of them', async () => {
    const payload = placing();
    const { orderId } = payload;
    const [created] = await sender.ask(order.create, [payload]);
    expect(created).toMatchObject({ outcome: 'done', data: { orderId, total: '119.96', currency: 'USD' } });
    const [confirmed] = await sender.ask(order.confirm, [{ orderId, paymentId: randomUUID() }]);
    expect(confirmed).toMatchObject({ outcome: 'done' });
    expect(order.confirm.reply.parse((confirmed as { data: unknown }).data)).toMatchObject({ orderId });
    const [refused] = await sender.ask(order.cancel, [{ orderId, reason: 'late' }]);
    expect(refused).toMatchObject({ outcome: 'refused', code: 'ORDER_CONFIRMED' });
    const { body } = await get(`/orders/${orderId}`);
    expect(orderRecord.parse(body)).toMatchObject({
      id: orderId,
      status: 'CONFIRMED',
      userId: 'ann',
      items: [line, line],
    });
  });

  it('counts the commands that came again', async () => {
    const payload = placing();
    const counted = async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(/^commands_repeated_total{.*command="order\.create".*} (\d+)$/m.exec(metrics)?.[1] ?? 0);
    };
    const before = await counted();
    await sender.ask(order.create, [payload]);
    expect(await counted()).toBe(before);
    await sender.ask(order.create, [payload]);
    expect(await counted()).toBe(before + 1);
  });

  it('executes many commands that travel together', async () => {
    const payloads = Array.from({ length: 300 }, () => placing('many'));
    const replies = await sender.ask(order.create, payloads);
    expect(replies.map(({ outcome }) => outcome)).toEqual(payloads.map(() => 'done'));
  });

  it("serves a user's orders newest first, in pages, without gaps or repeats", async () => {
    const payloads = Array.from({ length: 25 }, () => placing('pages'));
    for (const part of [payloads.slice(0, 9), payloads.slice(9)]) await sender.ask(order.create, part);
    const seen: { id: string; createdAt: string }[] = [];
    let path = '/orders/user/pages?limit=10';
    for (;;) {
      const page = orderPage.parse((await get(path)).body);
      seen.push(...page.items);
      if (!page.nextCursor) break;
      path = `/orders/user/pages?limit=10&cursor=${page.nextCursor}`;
    }
    expect(seen.map(({ id }) => id).sort()).toEqual(payloads.map(({ orderId }) => orderId).sort());
    const times = seen.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().reverse());
  });

  it('does not show tombstones, and says what is wrong with a request', async () => {
    const orderId = randomUUID();
    await sender.ask(order.cancel, [{ orderId, reason: 'never created' }]);
    expect(await get(`/orders/${orderId}`)).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
    expect(await get('/orders/42')).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=', 'limit=1&limit=2'])
      expect(await get(`/orders/user/ann?${query}`)).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
    expect(await get('/elsewhere')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await get('/orders/user/nobody')).toEqual({ status: 200, body: { items: [] } });
  });

  it('says how it is', async () => {
    const { body } = await get('/health');
    expect(health.parse(body)).toMatchObject({ status: 'healthy', service: 'order-service' });
    expect(Object.keys(body.dependencies)).toEqual(['database', 'broker', 'migrations']);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('service="order-service"');
  });

  it('finishes what is under way and ends with 0 when it is asked to stop', async () => {
    const another = new ServiceProcess({ DB_URL: database.url, RABBITMQ_URL });
    await another.url();
    expect(await another.end('SIGTERM')).toBe(0);
    expect(another.output).toContain('stopped');
  });
});

describe('a service in trouble', () => {
  it('starts without database and broker, and tells the truth', async () => {
    const nowhere = { DB_URL: 'postgres://a:b@127.0.0.1:1/orders', RABBITMQ_URL: 'amqp://a:b@127.0.0.1:1' };
    const service = new ServiceProcess(nowhere);
    const url = await service.url();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ failing: ['database', 'broker', 'migrations'] });
    const read = await fetch(`${url}/orders/user/ann`);
    expect(read.status).toBe(503);
    expect(await read.json()).toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    expect(await service.end('SIGTERM')).toBe(0);
  });

  it('says everything that is wrong with its configuration, and ends', async () => {
    const service = new ServiceProcess({ PORT: 'x', DB_URL: 'mysql://localhost/orders' });
    expect(await service.ended()).toBe(1);
    expect(service.output).toMatch(/PORT is "x".*\n.*DB_URL is "mysql:\/\/localhost\/orders".*\n.*To fix it/);
    expect(service.output).not.toContain('    at ');
  });
});
