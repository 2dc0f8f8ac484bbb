import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cartOf, line } from '../support/cart.js';
import { eventually } from '../support/eventually.js';
import type { Rabbit } from '../support/rabbit.js';
import { numbers, operate, sharedPlans } from '../support/racing.js';
import { sharedShop } from '../support/shared-shop.js';
import { type Step, Watch } from '../support/watch.js';

const shop = sharedShop();
const plans = sharedPlans();
const ORDERS = 30;
/** How long an action is on its way, in ms: its compensation is asked for meanwhile. */
const DELAY_MS = 1_500;

let rabbit: Rabbit;
beforeAll(async () => {
  rabbit = await shop.rabbit();
});
afterAll(() => rabbit?.close());

/** Every sending of the command is delayed, at both orchestrators: an instruction is followed by one of them, once. */
const slowly = (command: string): string[] =>
  numbers(ORDERS).flatMap((number) =>
    [0, 1].map((twin) => `delay:${DELAY_MS + twin} command ${command} ${number + 1}`),
  );

interface Sent {
  readonly sagaId: string;
  readonly step: string;
  readonly undo: boolean;
}

/** Every command of the saga step, in the order in which the broker got them. */
const sentIn = (messages: readonly string[], step: Step): Sent[] =>
  messages
    .flatMap((message) => (JSON.parse(message) as { items: { id: string; sagaId: string; step: string }[] }).items)
    .filter((item) => item.step === step)
    .map(({ id, sagaId }) => ({ sagaId, step, undo: id.split(':')[2] === 'undo' }));

const cases: readonly (readonly [step: Step, command: string, remains: (ids: string[]) => Promise<unknown[]>])[] = [
  [
    'createOrder',
    'order.create',
    (ids) => shop.rows('orders', `select status from orders where id = any ($1) and status <> 'CANCELLED'`, [ids]),
  ],
  [
    'reserveInventory',
    'inventory.reserve',
    (ids) =>
      shop.rows('inventory', `select status from reservations where order_id = any ($1) and status <> 'RELEASED'`, [
        ids,
      ]),
  ],
  [
    'processPayment',
    'payment.process',
    (ids) =>
      shop.rows(
        'payments',
        `select status from payments where order_id = any ($1) and status not in ('CANCELLED', 'REFUNDED')`,
        [ids],
      ),
  ],
];

describe('a compensation that overtakes its action', () => {
  it.each(cases)('at %s: the late %s is refused, and nothing of it remains', async (step, command, remains) => {
    const product = await shop.product(ORDERS);
    const isThere = Watch.step(shop, step);
    const hasEnded = Watch.end(shop);
    const overheard = await rabbit.eavesdrop();
    await plans.follow({ orchestrator: slowly(command) });
    const giveUp = async (number: number) => {
      const { orderId, sagaId } = (await shop.order(cartOf([line(product)]), {}, shop.gateways[number % 2])).body;
      await isThere.reached(orderId);
      expect(await operate(shop, sagaId, 'compensate', number % 2)).toBe(202);
      await hasEnded.reached(orderId);
      return { orderId, sagaId };
    };
    const orders = await Promise.all(numbers(ORDERS).map(giveUp));

    const heard: Sent[] = [];
    await eventually('all late actions to arrive', async () => {
      heard.push(...sentIn(await overheard.messages(), step));
      return orders.every(({ sagaId }) => heard.some((sent) => sent.sagaId === sagaId && !sent.undo));
    });
    const overtaken = orders.filter(({ sagaId }) => heard.find((sent) => sent.sagaId === sagaId)?.undo);
    expect(overtaken.length).toBeGreaterThan(ORDERS / 3);

    const ids = orders.map(({ orderId }) => orderId);
    const standing = `select status from saga_state where business_key = any ($1) and status <> 'COMPENSATED'`;
    expect(await shop.rows('orchestrator', standing, [ids])).toEqual([]);
    // Should a late action still be at work and leave something behind, the auditor finds it at the end of the file.
    expect(await remains(ids)).toEqual([]);
    expect(await shop.stock(product.id)).toEqual({ stock: ORDERS, reserved: 0 });
  });
});
