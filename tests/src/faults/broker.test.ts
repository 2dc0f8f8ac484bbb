import type { Stack } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quickCart } from '../support/customers.js';
import { eventually } from '../support/eventually.js';
import { BEHIND_THE_DOOR, expectHealth } from '../support/health.js';
import { COMMAND_QUEUES } from '../support/rabbit.js';
import { numbers } from '../support/racing.js';
import { Shop } from '../support/shop.js';
import type { TestProduct } from '../support/shop-client.js';
import { openStack } from '../support/stack.js';
import { expectSurvived } from '../support/under-load.js';

const ORDERS = 12;
/** Servers and a shop of its own, on a machine that is busy with others. */
const OPEN_MS = 180_000;
let stack: Stack;
let shop: Shop;
let scarce: TestProduct;

beforeAll(async () => {
  stack = await openStack();
  shop = await Shop.open({ stack });
  scarce = await shop.product(50);
}, OPEN_MS);
afterAll(async () => {
  await stack?.rabbitmq.resume();
  await shop?.close();
  await stack?.down();
});

describe('RabbitMQ', { timeout: 150_000 }, () => {
  it.each(COMMAND_QUEUES)('whose %s is deleted under load has it again, and nothing is lost', async (queue) => {
    await expectSurvived(shop, scarce, async () => {
      const rabbit = await shop.rabbit();
      await rabbit.deleteQueue(queue);
      await rabbit.close();
    });
  });

  it('whose queue is deleted with commands in it: they are sent again', async () => {
    const participant = shop.process('payment-service');
    await participant.kill('SIGSTOP');
    const placed = await Promise.all(numbers(ORDERS).map((number) => shop.order(quickCart(number))));
    const orderIds = placed.filter(({ status }) => status === 202).map(({ body }) => body.orderId as string);
    expect(orderIds.length).toBeGreaterThan(0);
    for (const orderId of orderIds) await shop.sagaAt(orderId, 'processPayment');
    await participant.kill('SIGKILL');
    const rabbit = await shop.rabbit();
    await eventually(
      'the commands to be back in their queue',
      async () => (await rabbit.waiting('payment_commands')) > 0,
    );
    expect(await rabbit.deleteQueue('payment_commands')).toBeGreaterThan(0);
    await rabbit.close();
    participant.spawn();
    for (const orderId of orderIds) await shop.sagaIs(orderId, 'COMPLETED');
    await shop.ready();
    expect(await shop.problems()).toEqual([]);
  });

  it('that hangs for longer than heartbeats is missed; services connect anew when it goes on', async () => {
    await expectSurvived(shop, scarce, async () => {
      await stack.rabbitmq.pause();
      try {
        for (const service of BEHIND_THE_DOOR) await expectHealth(shop, service, '/health/ready', 503, 'broker');
        expect((await shop.checkout(quickCart(0), { prefer: 'wait=1' })).status).toBe(503);
      } finally {
        await stack.rabbitmq.resume();
      }
    });
  });
});
