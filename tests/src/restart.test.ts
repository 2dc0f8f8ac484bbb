import type { Stack } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quickCart } from './support/customers.js';
import { BEHIND_THE_DOOR, expectHealth } from './support/health.js';
import { Shop } from './support/shop.js';
import type { TestProduct } from './support/shop-client.js';
import { openStack } from './support/stack.js';
import { expectSurvived } from './support/under-load.js';

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

describe.each([
  ['RabbitMQ', 'restarted', () => stack.rabbitmq.restart()],
  ['RabbitMQ', 'killed and started', () => killAndStart(stack.rabbitmq)],
  ['Postgres', 'restarted', () => stack.postgres.restart()],
  ['Postgres', 'killed and started', () => killAndStart(stack.postgres)],
] as const)('%s %s under load', (name, what, fault) => {
  it('no service dies of it, every saga ends, customers get documented answers, books balance', async () => {
    const startedAt = performance.now();
    const report = await expectSurvived(shop, scarce, fault);
    console.log(
      `${name} ${what}: ${report.answers.length} checkouts in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s, ` +
        `answers: ${JSON.stringify(report.statuses)}`,
    );
  });
});

describe.each([
  ['RabbitMQ', 'broker', () => stack.rabbitmq],
  ['Postgres', 'database', () => stack.postgres],
] as const)('while %s is away', (_, dependency, server) => {
  it('services are alive and not ready, also one that starts then; checkouts get 503; all is well when it is back', async () => {
    await server().kill();
    await shop.process('payment-service').kill('SIGKILL');
    shop.process('payment-service').spawn();
    for (const service of BEHIND_THE_DOOR) {
      await expectHealth(shop, service, '/health/ready', 503, dependency);
      await expectHealth(shop, service, '/health/live', 200);
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

async function killAndStart(server: Pick<Stack['postgres'], 'kill' | 'start'>): Promise<void> {
  await server.kill();
  await server.start();
}
