import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { cartOf, line } from '../support/cart.js';
import { PATIENTLY } from '../support/http.js';
import { numbers, operate } from '../support/racing.js';
import { sharedShop } from '../support/shared-shop.js';
import { Watch } from '../support/watch.js';

const shop = sharedShop();
const SAGAS = 30;

/** An order that somebody confirms by hand cannot be cancelled: its saga is parked until the order is put right. */
const PUT_RIGHT = `update orders set status = 'PENDING', payment_id = null, confirmed_at = null, version = version + 1
  where id = any ($1)`;

it('operators retry a parked saga at two orchestrators: one of them does, and it ends once', async () => {
  const product = await shop.product(SAGAS);
  const isPaying = Watch.step(shop, 'processPayment');
  const hasEnded = Watch.end(shop);
  const isParked = new Watch(
    shop,
    'orchestrator',
    `select business_key as id from saga_state where business_key = any ($1) and status = 'COMPENSATION_FAILED'`,
  );
  const rabbit = await shop.rabbit();
  const sagas = await Promise.all(
    numbers(SAGAS).map(async (number) => {
      const cart = cartOf([line(product)], 'tok_slow');
      const key = { 'idempotency-key': randomUUID() };
      const { orderId, sagaId } = (await shop.order(cart, key, shop.gateways[number % 2])).body;
      await isPaying.reached(orderId);
      expect(await rabbit.command('order.confirm', { orderId, paymentId: randomUUID() })).toMatchObject({
        outcome: 'done',
      });
      expect(await operate(shop, sagaId, 'compensate', number % 2)).toBe(202);
      await isParked.reached(orderId);
      return { orderId: orderId as string, sagaId: sagaId as string, cart, key };
    }),
  );
  await shop.rows('orders', PUT_RIGHT, [sagas.map(({ orderId }) => orderId)]);

  // One saga after the other, so that no orchestrator is through with all before the other begins: two operators at
  // each, at the same instant; whose turn is first alternates.
  const answers: { statuses: number[]; winner: number | undefined }[] = [];
  for (const [number, { sagaId }] of sagas.entries()) {
    const replicas = number % 2 ? [0, 1, 1, 0] : [1, 0, 0, 1];
    const statuses = await Promise.all(replicas.map((replica) => operate(shop, sagaId, 'retry', replica)));
    answers.push({ statuses: statuses.toSorted(), winner: replicas[statuses.indexOf(202)] });
  }
  expect(answers.map(({ statuses }) => statuses)).toEqual(sagas.map(() => [202, 409, 409, 409]));
  expect(new Set(answers.map(({ winner }) => winner))).toEqual(new Set([0, 1]));
  for (const { orderId, cart, key } of sagas) {
    await hasEnded.reached(orderId);
    const journal = await shop.journal(orderId);
    expect(journal.filter((entry) => entry === 'SAGA_RETRIED')).toHaveLength(1);
    expect(journal.at(-1)).toBe('SAGA_COMPENSATED');
    expect(await shop.checkout(cart, { ...key, ...PATIENTLY })).toMatchObject({ status: 409 });
  }
  expect(await shop.stock(product.id)).toEqual({ stock: SAGAS, reserved: 0 });
  await rabbit.close();
});
