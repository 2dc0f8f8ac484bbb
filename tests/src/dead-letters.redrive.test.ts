import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Stack } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderByHand } from './support/by-hand.js';
import { BACKPACK, cartOf, line } from './support/cart.js';
import { eventually } from './support/eventually.js';
import { Letters, type RecordedLetter } from './support/letters.js';
import { itemOf, type Rabbit } from './support/rabbit.js';
import { Shop } from './support/shop.js';
import { openStack } from './support/stack.js';

/** Where an orchestrator dies, once each, in the order in which a letter passes by. */
const DEATHS = ['before-commit', 'after-commit', 'redrive-committed', 'redrive-confirmed', 'redriven'];
const ORCHESTRATORS = ['orchestrator', 'orchestrator-2'];
const ada = { by: 'ada', reason: 'the participant is mended' };

let stack: Stack;
let shop: Shop;
let rabbit: Rabbit;
let letters: Letters;
beforeAll(async () => {
  stack = await openStack();
  const plan = DEATHS.map((boundary) => `kill dead-letters:${boundary}`).join('; ');
  const env = { orchestrator: { FAULT_PLAN: plan, FAULT_RECORD: join(stack.folder, 'faults-done') } };
  shop = await Shop.open({ stack, replicas: { orchestrator: 2 }, env });
  rabbit = await shop.rabbit();
  letters = new Letters(shop);
});
afterAll(async () => {
  await rabbit?.close();
  await letters?.close();
  await shop?.close();
  await stack?.down();
});

/** Waits until so many orchestrators have died, and starts them again. */
async function revived(count: number): Promise<void> {
  const dead = () => ORCHESTRATORS.map((name) => shop.process(name)).filter(({ alive }) => !alive);
  await eventually(`${count} orchestrators to die`, () => dead().length === count);
  for (const each of dead()) each.spawn();
  await shop.ready();
}

/** Asks for a letter to be sent again; no answer if the orchestrator dies of it. */
const redriven = (id: string) => letters.redrive(id, ada).catch(() => undefined);

/** Has the broker give up a command of a customer's, which its participant would execute if it were there. */
async function giveUp(orderId: string): Promise<void> {
  await shop.process('order-service').stop();
  const item = itemOf(randomUUID(), 'byHand', { orderId, reason: 'by hand' });
  await rabbit.publish('order.cancel', JSON.stringify({ items: [item] }));
  await rabbit.giveUp('order_commands');
  shop.process('order-service').spawn();
}

const openLetter = async (queue: string) => (await letters.open(queue))[0] as RecordedLetter;

const statusOf = async (orderId: string) =>
  (await shop.rows<{ status: string }>('orders', 'select status from orders where id = $1', [orderId]))[0]?.status;

const sentAgain = (heard: string[], { sagaId }: RecordedLetter) =>
  heard.filter((text) => text.includes(String(sagaId)));

it('a letter is recorded once, and its command executed, wherever an orchestrator dies meanwhile', async () => {
  const orderId = orderByHand();
  await giveUp(orderId);
  // One before the row is there; the other one when it is, but the broker does not know.
  await revived(2);
  const letter = await openLetter('order_commands');
  expect(letter).toMatchObject({
    reason: 'DELIVERY_LIMIT',
    type: 'order.cancel',
    attempts: 1,
    queue: 'order_commands',
  });
  const heard = await rabbit.eavesdrop();

  expect(await redriven(letter.id)).toBeUndefined();
  await revived(1);
  expect(await letters.find(letter.id)).toMatchObject({ status: 'REDRIVING' });
  expect(await statusOf(orderId)).toBeUndefined();

  expect(await redriven(letter.id)).toBeUndefined();
  await revived(1);
  expect(await letters.find(letter.id)).toMatchObject({ status: 'REDRIVING' });
  await eventually('the order to be cancelled', async () => (await statusOf(orderId)) === 'CANCELLED');

  expect(await redriven(letter.id)).toBeUndefined();
  await revived(1);
  expect(await redriven(letter.id)).toMatchObject({ status: 200, body: { status: 'REDRIVEN', decision: ada } });
  expect(sentAgain(await heard.messages(), letter)).toHaveLength(2);
  expect(await shop.checkout(cartOf([line(BACKPACK)]))).toMatchObject({ status: 201 });
  // Nor is any left in the queue, or held.
  expect(await shop.problems()).toEqual([]);
  const text = 'select count(*)::int as count from dead_letters';
  expect(await shop.row('orchestrator', text)).toEqual({ count: 1 });
});

it('two orchestrators that are told to send the same letter again at once send it once', async () => {
  await giveUp(orderByHand());
  await shop.ready();
  const letter = await openLetter('order_commands');
  const heard = await rabbit.eavesdrop();
  const wishes = Array.from({ length: 10 }, (_, n) => letters.redrive(letter.id, ada, n % 2));
  const rival = letters.redrive(letter.id, { by: 'bob', reason: 'me, too' }, 1);
  const answers = await Promise.all(wishes);
  const done = answers.filter(({ status }) => status === 200);
  expect([...new Set([...answers, await rival].map(({ status }) => status))].sort()).toEqual([200, 409]);
  expect(new Set(done.map(({ body }) => JSON.stringify(body))).size).toBeLessThanOrEqual(1);
  expect(sentAgain(await heard.messages(), letter)).toHaveLength(1);
});

it('what is put aside again is a new letter, which names the former; nothing is sent while the broker is away', async () => {
  const poison = itemOf(randomUUID(), 'byHand', { orderId: 'no order id' });
  await rabbit.publish('payment.refund', JSON.stringify({ items: [poison] }));
  const first = await openLetter('payment_commands');

  await stack.rabbitmq.stop();
  expect(await letters.redrive(first.id, ada)).toMatchObject({ status: 503, body: { code: 'BROKER_UNAVAILABLE' } });
  expect(['OPEN', 'REDRIVING']).toContain((await letters.find(first.id))?.status);
  await stack.rabbitmq.start();
  await shop.ready();
  await eventually('the letter to be sent again', async () => (await letters.redrive(first.id, ada)).status === 200);
  const second = await openLetter('payment_commands');
  expect(second).toMatchObject({ redriveOf: first.id, reason: 'INVALID_PAYLOAD', body: first.body });
  expect(second.id).not.toBe(first.id);
  await letters.take('payment_commands');
});

it('letters stay in their queue while the database is away, and are recorded once when it is back', async () => {
  await stack.postgres.stop();
  rabbit = await shop.rabbit();
  for (let n = 0; n < 30; n++) await rabbit.publish('inventory.release', `poison ${n}`);
  await eventually('the poison to be put aside', async () => (await rabbit.waiting('inventory_commands')) === 0);
  await stack.postgres.start();
  await shop.ready();
  const bodies = (await letters.take('inventory_commands', 30)).map(({ body }) => body);
  expect(new Set(bodies).size).toBe(30);
  expect(bodies).toHaveLength(30);
});
