import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderByHand } from './support/by-hand.js';
import type { Rabbit, Reply } from './support/rabbit.js';
import { sharedShop } from './support/shared-shop.js';
import type { TestProduct } from './support/shop-client.js';

const shop = sharedShop();
let rabbit: Rabbit;
let product: TestProduct;
beforeAll(async () => {
  rabbit = await shop.rabbit();
  product = await shop.product(10, '5.00');
});
afterAll(() => rabbit.close());

const items = () => [{ productId: product.id, quantity: 2, price: product.price }];
const done = { outcome: 'done' };
const refused = (code: string) => ({ outcome: 'refused', code, message: expect.any(String) });

interface Participant {
  readonly action: string;
  readonly compensation: string;
  readonly payload: (orderId: string) => unknown;
  readonly undo: (orderId: string) => unknown;
  /** With which the late action is refused. */
  readonly code: string;
  /** The tombstone, and what must not be there. */
  readonly remains: (orderId: string) => Promise<void>;
}

const participants: Readonly<Record<string, Participant>> = {
  'order-service': {
    action: 'order.create',
    compensation: 'order.cancel',
    payload: (orderId) => ({ orderId, userId: 'by-hand', items: items(), currency: 'USD' }),
    undo: (orderId) => ({ orderId, reason: 'too early' }),
    code: 'ORDER_CANCELLED',
    remains: async (orderId) => {
      const text = 'select status, cancel_reason, total from orders where id = $1';
      expect(await shop.rows('orders', text, [orderId])).toEqual([
        { status: 'CANCELLED', cancel_reason: 'too early', total: null },
      ]);
      expect(await shop.rows('orders', 'select 1 from order_items where order_id = $1', [orderId])).toEqual([]);
    },
  },
  'inventory-service': {
    action: 'inventory.reserve',
    compensation: 'inventory.release',
    payload: (orderId) => ({ orderId, items: items() }),
    undo: (orderId) => ({ orderId }),
    code: 'RESERVATION_RELEASED',
    remains: async (orderId) => {
      const text = 'select status from order_reservations where order_id = $1';
      expect(await shop.rows('inventory', text, [orderId])).toEqual([{ status: 'RELEASED' }]);
      expect(await shop.rows('inventory', 'select 1 from reservations where order_id = $1', [orderId])).toEqual([]);
      expect(await shop.stock(product.id)).toEqual({ stock: 10, reserved: 0 });
    },
  },
  'payment-service': {
    action: 'payment.process',
    compensation: 'payment.refund',
    payload: (orderId) => ({
      orderId,
      amount: '10.00',
      currency: 'USD',
      payment: { method: 'tok_visa', provider: 'simulated' },
    }),
    undo: (orderId) => ({ orderId, reason: 'too early' }),
    code: 'PAYMENT_CANCELLED',
    remains: async (orderId) => {
      const text = 'select status, amount from payments where order_id = $1';
      expect(await shop.rows('payments', text, [orderId])).toEqual([{ status: 'CANCELLED', amount: null }]);
      expect(await captured(orderId)).toEqual([]);
    },
  },
};

const captured = (orderId: string) =>
  shop.rows(
    'payments',
    `select kind from provider_ledger where idempotency_key = $1 and kind in ('CAPTURE', 'REFUND')`,
    [orderId],
  );

describe.each(Object.entries(participants))('%s', (_, { action, compensation, payload, undo, code, remains }) => {
  const act = (orderId: string): Promise<Reply> => rabbit.command(action, payload(orderId));
  const takeBack = (orderId: string): Promise<Reply> => rabbit.command(compensation, undo(orderId));

  it('a compensation before its action leaves a tombstone, and the late action is refused, however often it comes', async () => {
    const orderId = orderByHand();
    expect(await takeBack(orderId)).toMatchObject(done);
    expect(await act(orderId)).toMatchObject(refused(code));
    expect(await act(orderId)).toMatchObject(refused(code));
    expect(await takeBack(orderId)).toMatchObject(done);
    await remains(orderId);
  });

  it('both at the same instant, in either order, end with nothing done', async () => {
    const orderIds = Array.from({ length: 20 }, orderByHand);
    await Promise.all(
      orderIds.map((orderId, index) =>
        Promise.all(index % 2 ? [act(orderId), takeBack(orderId)] : [takeBack(orderId), act(orderId)]),
      ),
    );
    const late = await rabbit.commands(action, orderIds.map(payload));
    expect(late).toEqual(late.map(() => expect.objectContaining(refused(code))));
    expect(await shop.stock(product.id)).toEqual({ stock: 10, reserved: 0 });
  });

  it('an action that comes again gets the same answer, and is done once', async () => {
    const orderId = orderByHand();
    const first = await act(orderId);
    const again = await rabbit.commands(action, [payload(orderId), payload(orderId)]);
    expect(first).toMatchObject(done);
    expect(again.map(({ data }) => data)).toEqual([first.data, first.data]);
    expect(await takeBack(orderId)).toMatchObject(done);
    expect(await takeBack(orderId)).toMatchObject(done);
    expect(await act(orderId)).toMatchObject(refused(code));
    expect(await shop.stock(product.id)).toEqual({ stock: 10, reserved: 0 });
  });
});

describe('payment-service', () => {
  it('gives back what was captured, once, however often it is asked', async () => {
    const orderId = orderByHand();
    const { payload, undo } = participants['payment-service'] as Participant;
    await rabbit.command('payment.process', payload(orderId));
    await Promise.all(Array.from({ length: 5 }, () => rabbit.command('payment.refund', undo(orderId))));
    expect(await captured(orderId)).toEqual([{ kind: 'CAPTURE' }, { kind: 'REFUND' }]);
  });
});
