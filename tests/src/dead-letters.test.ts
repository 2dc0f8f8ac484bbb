import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderByHand } from './support/by-hand.js';
import { BACKPACK, cartOf, line } from './support/cart.js';
import { Letters } from './support/letters.js';
import { COMMAND_QUEUES, type CommandQueue, itemOf, type Rabbit } from './support/rabbit.js';
import { sharedShop } from './support/shared-shop.js';

const shop = sharedShop();
let rabbit: Rabbit;
let letters: Letters;
beforeAll(async () => {
  rabbit = await shop.rabbit();
  letters = new Letters(shop);
});
afterAll(async () => {
  await letters.close();
  await rabbit.close();
});

/** For each queue a command that it takes, and a payload with which that changes next to nothing. */
const COMMANDS: Readonly<Record<CommandQueue, readonly [name: string, payload: (orderId: string) => unknown]>> = {
  order_commands: ['order.cancel', (orderId) => ({ orderId, reason: 'by hand' })],
  inventory_commands: ['inventory.release', (orderId) => ({ orderId })],
  payment_commands: ['payment.refund', (orderId) => ({ orderId, reason: 'by hand' })],
};

describe.each(COMMAND_QUEUES)('%s', (queue) => {
  const [name, payload] = COMMANDS[queue];
  const goodItem = () => itemOf(randomUUID(), 'byHand', payload(orderByHand()));

  async function expectGoesOn(): Promise<void> {
    expect(await rabbit.command(name, payload(orderByHand()))).toMatchObject({ outcome: 'done' });
    expect(await shop.checkout(cartOf([line(BACKPACK)]))).toMatchObject({ status: 201 });
    expect(await rabbit.waiting(queue)).toBe(0);
  }

  it('puts aside a body that is no JSON, as it came, with the reason', async () => {
    await rabbit.publish(name, '{"items": [oops');
    expect(await letters.take(queue)).toMatchObject([
      { reason: 'BROKEN_JSON', detail: expect.any(String), queue, type: name, sagaId: null, body: '{"items": [oops' },
    ]);
    await expectGoesOn();
  });

  it.each([
    ['an array', '[]'],
    ['an object without items', '{"hello":"world"}'],
    ['an envelope without anything in it', '{"items":[]}'],
    ['null', 'null'],
  ])('puts aside an envelope that is %s', async (_, body) => {
    await rabbit.publish(name, body);
    expect(await letters.take(queue)).toMatchObject([{ reason: 'BROKEN_ENVELOPE', queue, type: name, body }]);
    await expectGoesOn();
  });

  it('puts aside a command that nobody knows, and answers that', async () => {
    const item = goodItem();
    // Routed like a command that the queue takes, as a newer sender’s would be.
    await rabbit.publish(name, JSON.stringify({ items: [item] }), 'teapot.brew');
    expect(await rabbit.replyTo(item.id)).toMatchObject({ outcome: 'failed', code: 'DEAD_LETTERED' });
    const [letter] = await letters.take(queue);
    expect(letter).toMatchObject({
      reason: 'UNKNOWN_COMMAND',
      queue,
      type: 'teapot.brew',
      sagaId: item.sagaId,
      attempts: 1,
    });
    expect(JSON.parse(letter?.body ?? '')).toEqual({ items: [item] });
    await expectGoesOn();
  });

  it('puts aside one poisoned item among good ones, alone; the others are executed', async () => {
    const good = [goodItem(), goodItem(), goodItem()];
    const poison = itemOf(randomUUID(), 'byHand', { orderId: 'not an order id' });
    const { id: _, ...broken } = goodItem();
    const [first, second, third] = good;
    await rabbit.publish(name, JSON.stringify({ items: [first, poison, second, broken, third] }));
    for (const { id } of good) expect(await rabbit.replyTo(id)).toMatchObject({ outcome: 'done' });
    expect(await rabbit.replyTo(poison.id)).toMatchObject({ outcome: 'failed', code: 'DEAD_LETTERED' });
    const found = await letters.take(queue, 2);
    const told = found.map(({ reason, sagaId, body }) => ({ reason, sagaId, items: JSON.parse(body).items }));
    expect(told).toHaveLength(2);
    expect(told).toContainEqual({ reason: 'INVALID_PAYLOAD', sagaId: poison.sagaId, items: [poison] });
    expect(told).toContainEqual({ reason: 'BROKEN_ENVELOPE', sagaId: broken.sagaId, items: [broken] });
    await expectGoesOn();
  });

  it('goes on under a flood of poison: every checkout in between is served', async () => {
    const poison = Array.from({ length: 50 }, () => rabbit.publish(name, 'poison'));
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.checkout(cartOf([line(BACKPACK)]))));
    await Promise.all(poison);
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
    expect(await letters.take(queue, 50)).toHaveLength(50);
    expect(await rabbit.waiting(queue)).toBe(0);
  });
});
