import type { ServiceName, Stack } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Customers, mixedCart, quickCart, type Report } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { HttpClient } from './support/http.js';
import { Shop } from './support/shop.js';
import type { TestProduct } from './support/shop-client.js';
import { openStack } from './support/stack.js';

/** How many customers there are at any time. */
const AT_ONCE = 24;
let stack: Stack;
let shop: Shop;
let scarce: TestProduct;

beforeAll(async () => {
  stack = await openStack();
  shop = await Shop.open({ stack });
  scarce = await shop.product(50);
});
afterAll(async () => {
  await shop?.close();
  await stack?.down();
});

/** How many checkouts have been confirmed so far. */
const confirmed = () => shop.acknowledged.filter(({ status }) => status === 201).length;

/** Lets something happen to a server while customers come and go, before, during and after it. */
async function underLoad(fault: () => Promise<void>): Promise<Report> {
  let isOver = false;
  let number = 0;
  const placing = new Customers(shop).keepPlacing(
    AT_ONCE,
    () => mixedCart(number++, scarce),
    () => isOver,
  );
  try {
    await confirmedMore(50);
    await fault();
    await confirmedMore(50);
  } finally {
    isOver = true;
  }
  return placing;
}

async function confirmedMore(count: number): Promise<void> {
  const before = confirmed();
  const isEnough = () => confirmed() >= before + count;
  await eventually(`${count} more confirmed checkouts`, isEnough, { timeoutMs: 40_000 });
}

describe.each([
  ['RabbitMQ', 'restarted', () => stack.rabbitmq.restart()],
  ['RabbitMQ', 'killed and started', () => killAndStart(stack.rabbitmq)],
  ['Postgres', 'restarted', () => stack.postgres.restart()],
  ['Postgres', 'killed and started', () => killAndStart(stack.postgres)],
] as const)('%s %s under load', (name, what, fault) => {
  it('no service dies of it, every saga ends, customers get documented answers, books balance', async () => {
    const pids = shop.runningPids();
    const startedAt = performance.now();
    const report = await underLoad(fault);
    expect(shop.runningPids()).toEqual(pids);
    await shop.settled();
    console.log(
      `${name} ${what}: ${report.answers.length} checkouts in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, ` +
        `answers: ${JSON.stringify(report.statuses)}`,
    );
    expect(report.broken).toBe(0);
    expect(report.undocumented).toEqual([]);
    await shop.ready();
    expect(await shop.problems()).toEqual([]);
  });
});

describe.each([
  ['RabbitMQ', 'broker', () => stack.rabbitmq],
  ['Postgres', 'database', () => stack.postgres],
] as const)('while %s is away', (_, dependency, server) => {
  const services = ['order-service', 'inventory-service', 'payment-service', 'orchestrator'] as const;

  it('services are alive and not ready, also one that starts then; checkouts get 503; all is well when it is back', async () => {
    await server().kill();
    await shop.process('payment-service').kill('SIGKILL');
    shop.process('payment-service').spawn();
    for (const service of services) {
      await expectHealth(service, '/health/ready', 503, dependency);
      await expectHealth(service, '/health/live', 200);
    }
    const cart = quickCart(0);
    const answer = await shop.checkout(cart, { prefer: 'wait=1' });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': expect.any(String) } });

    await server().start();
    await shop.ready();
    expect(await shop.checkout(cart)).toMatchObject({ status: 201 });
    await shop.settled();
    expect(await shop.problems()).toEqual([]);
  });
});

/** Waits until a service answers so; and if it is not well, that it names what it misses. */
async function expectHealth(service: ServiceName, path: string, status: number, failing?: string): Promise<void> {
  const client = new HttpClient(shop.urlOf(service));
  await eventually(`${service} to answer ${status} to ${path}`, async () => {
    const answer = await client.get(path);
    if (answer.status !== status) throw new Error(`it answers ${answer.status}: ${JSON.stringify(answer.body)}`);
    if (failing !== undefined) expect(answer.body.failing).toContain(failing);
    return true;
  });
  await client.close();
}

async function killAndStart(server: Pick<Stack['postgres'], 'kill' | 'start'>): Promise<void> {
  await server.kill();
  await server.start();
}
