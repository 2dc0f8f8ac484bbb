import type { Outcome } from '@saga-checkout/shared-types';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide, decideRound, type Order, type OrderCommand } from './order.js';

const now = new Date('2026-11-20T10:00:00.000Z');
const earlier = new Date('2026-11-20T09:00:00.000Z');
const id = '0193a2b4-7c1d-7f00-8000-000000000001';
const paymentId = '0193a2b4-7c1d-7f00-8000-00000000000a';
const otherPayment = '0193a2b4-7c1d-7f00-8000-00000000000b';
const mug = '660facf7-b9cf-417a-8ee1-27afe2fb2c72';
const lamp = 'dda60f33-8dfd-4da2-96c8-1a029d72725a';
const lines = [
  { productId: mug, quantity: 2, price: '29.99' },
  { productId: lamp, quantity: 1, price: '19.99' },
];
const content = { userId: 'ann', currency: 'USD', lines };

const create = (change: Partial<typeof content> = {}): OrderCommand => {
  const { userId, currency, lines: items } = { ...content, ...change };
  return { name: 'create', payload: { orderId: id, userId, currency, items: [...items] } };
};
const confirm = (payment = paymentId): OrderCommand => ({
  name: 'confirm',
  payload: { orderId: id, paymentId: payment },
});
const cancel = (reason = 'PAYMENT_DECLINED'): OrderCommand => ({ name: 'cancel', payload: { orderId: id, reason } });

const pending: Order = { id, version: 1, status: 'PENDING', content };
const awaiting: Order = { id, version: 1, status: 'AWAITING_PAYMENT', content };
const confirmed: Order = { id, version: 2, status: 'CONFIRMED', paymentId, confirmedAt: earlier, content };
const cancelled: Order = { id, version: 2, status: 'CANCELLED', cancelReason: 'OUT_OF_STOCK', content };
const tombstone: Order = { id, version: 1, status: 'CANCELLED', cancelReason: 'OUT_OF_STOCK' };

const created: Outcome = { outcome: 'done', data: { orderId: id, total: '79.97', currency: 'USD' } };
const confirmedAt = (at: Date): Outcome => ({
  outcome: 'done',
  data: { orderId: id, confirmedAt: at.toISOString() },
});
const done: Outcome = { outcome: 'done', data: {} };
const refused = (code: string) => expect.objectContaining({ outcome: 'refused', code });

describe('every command on every state', () => {
  const table: [string, Order | undefined, OrderCommand, unknown, Order['status'] | 'unchanged'][] = [
    ['create on nothing places the order', undefined, create(), created, 'PENDING'],
    ['create again answers the same', pending, create(), created, 'unchanged'],
    ['create again while the customer pays', awaiting, create(), created, 'unchanged'],
    ['create again after confirm', confirmed, create(), created, 'unchanged'],
    ['create after cancel', cancelled, create(), refused('ORDER_CANCELLED'), 'unchanged'],
    ['create on a tombstone', tombstone, create(), refused('ORDER_CANCELLED'), 'unchanged'],
    ['create with another user', pending, create({ userId: 'bob' }), refused('ORDER_CONFLICT'), 'unchanged'],
    ['create with another currency', pending, create({ currency: 'EUR' }), refused('ORDER_CONFLICT'), 'unchanged'],
    ['create with fewer lines', pending, create({ lines: lines.slice(1) }), refused('ORDER_CONFLICT'), 'unchanged'],
    [
      'create with other content after cancel',
      cancelled,
      create({ userId: 'b' }),
      refused('ORDER_CANCELLED'),
      'unchanged',
    ],
    ['confirm on nothing', undefined, confirm(), refused('ORDER_NOT_FOUND'), 'unchanged'],
    ['confirm a pending order', pending, confirm(), confirmedAt(now), 'CONFIRMED'],
    ['confirm an order that waits for the customer', awaiting, confirm(), confirmedAt(now), 'CONFIRMED'],
    ['confirm again answers the first time', confirmed, confirm(), confirmedAt(earlier), 'unchanged'],
    ['confirm with another payment', confirmed, confirm(otherPayment), refused('ORDER_CONFLICT'), 'unchanged'],
    ['confirm after cancel', cancelled, confirm(), refused('ORDER_CANCELLED'), 'unchanged'],
    ['confirm on a tombstone', tombstone, confirm(), refused('ORDER_CANCELLED'), 'unchanged'],
    ['cancel on nothing leaves a tombstone', undefined, cancel(), done, 'CANCELLED'],
    ['cancel a pending order', pending, cancel(), done, 'CANCELLED'],
    ['cancel an order that waits for the customer', awaiting, cancel(), done, 'CANCELLED'],
    ['cancel after confirm', confirmed, cancel(), refused('ORDER_CONFIRMED'), 'unchanged'],
    ['cancel again', cancelled, cancel(), done, 'unchanged'],
    ['cancel a tombstone again', tombstone, cancel(), done, 'unchanged'],
  ];
  it.each(table)('%s', (_name, current, command, outcome, status) => {
    const decision = decide(current, command, now);
    expect(decision.outcome).toEqual(outcome);
    expect(decision.next?.status ?? 'unchanged').toBe(status);
  });
});

describe('create', () => {
  it('takes the lines in any order as the same content', () => {
    expect(decide(pending, create({ lines: lines.toReversed() }), now).outcome).toEqual(created);
  });

  it('keeps two lines of one product at one price', () => {
    const twice = [lines[0]!, lines[0]!];
    const { outcome, next } = decide(undefined, create({ lines: twice }), now);
    expect(outcome).toMatchObject({ data: { total: '119.96' } });
    expect(next?.content?.lines).toEqual(twice);
  });

  it('answers failed when no column could hold the total', () => {
    const dear = [{ productId: mug, quantity: 1000, price: '9999999999.99' }];
    expect(decide(undefined, create({ lines: dear }), now)).toEqual({
      outcome: expect.objectContaining({ outcome: 'failed', code: 'TOTAL_TOO_LARGE' }),
    });
  });

  it('never guesses at content that was not read', () => {
    expect(() => decide({ id, version: 1, status: 'PENDING' }, create(), now)).toThrow('was not read');
  });
});

describe('a round', () => {
  it('lets each command see what those before it did', () => {
    const { outcomes, changed } = decideRound(new Map(), [create(), create(), confirm(), cancel(), confirm()], now);
    expect(outcomes).toEqual([created, created, confirmedAt(now), refused('ORDER_CONFIRMED'), confirmedAt(now)]);
    expect(changed).toEqual([{ id, version: 0, status: 'CONFIRMED', paymentId, confirmedAt: now, content }]);
  });

  it('leaves one tombstone for a cancel that came before its create', () => {
    const { outcomes, changed } = decideRound(new Map(), [cancel('TIMEOUT'), create(), cancel()], now);
    expect(outcomes).toEqual([done, refused('ORDER_CANCELLED'), done]);
    expect(changed).toEqual([{ id, version: 0, status: 'CANCELLED', cancelReason: 'TIMEOUT' }]);
  });

  it('names the version it read, however often the order changes', () => {
    const { changed } = decideRound(new Map([[id, pending]]), [confirm(), confirm()], now);
    expect(changed).toMatchObject([{ version: 1, status: 'CONFIRMED' }]);
  });

  it('tells which commands came again', () => {
    const again = (commands: OrderCommand[], known = new Map<string, Order>()) =>
      decideRound(known, commands, now).repeated.map(({ name }) => name);
    expect(again([create(), confirm()])).toEqual([]);
    expect(again([create(), create(), confirm(), confirm()])).toEqual(['create', 'confirm']);
    expect(again([cancel(), create()], new Map([[id, confirmed]]))).toEqual(['cancel', 'create']);
  });

  it('changes nothing when everything has been done before', () => {
    expect(decideRound(new Map([[id, confirmed]]), [create(), confirm(), cancel()], now).changed).toEqual([]);
  });
});

/** Commands about a few orders, so that they meet again and again. */
const anyId = fc.constantFrom('o1', 'o2', 'o3');
const anyCommand: fc.Arbitrary<OrderCommand> = fc.oneof(
  fc.record({ orderId: anyId, userId: fc.constantFrom('ann', 'bob') }).map(({ orderId, userId }) => ({
    name: 'create' as const,
    payload: { orderId, userId, currency: 'USD', items: [...lines] },
  })),
  fc
    .record({ orderId: anyId, paymentId: fc.constantFrom(paymentId, otherPayment) })
    .map((payload) => ({ name: 'confirm' as const, payload })),
  fc.record({ orderId: anyId, reason: fc.constant('r') }).map((payload) => ({ name: 'cancel' as const, payload })),
);

/** What the database holds after the rounds, written as the repository writes it. */
function play(rounds: readonly OrderCommand[][]) {
  const orders = new Map<string, Order>();
  const outcomes: Outcome[] = [];
  for (const commands of rounds) {
    const decision = decideRound(orders, commands, now);
    for (const order of decision.changed) {
      const before = orders.get(order.id);
      expect(order.version).toBe(before?.version ?? 0);
      // What has ended stays as it ended.
      expect(['CONFIRMED', 'CANCELLED']).not.toContain(before?.status);
      orders.set(order.id, { ...order, version: order.version + 1 });
    }
    outcomes.push(...decision.outcomes);
  }
  return { outcomes, statuses: [...orders].map(([key, { status }]) => `${key} ${status}`).sort() };
}

describe('any rounds', () => {
  it('are decided in order of arrival: cut into rounds or one by one, it comes to the same', () => {
    fc.assert(
      fc.property(fc.array(fc.array(anyCommand, { maxLength: 12 }), { maxLength: 6 }), (rounds) => {
        expect(play(rounds)).toEqual(play(rounds.flat().map((command) => [command])));
      }),
    );
  });

  it('never confirm and cancel the same order', () => {
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 20 }), (commands) => {
        const { outcomes } = play([commands]);
        const doneWith = (name: string) =>
          commands.flatMap((command, index) =>
            command.name === name && outcomes[index]?.outcome === 'done' ? [command.payload.orderId] : [],
          );
        const cancelled = new Set(doneWith('cancel'));
        expect(doneWith('confirm').filter((order) => cancelled.has(order))).toEqual([]);
      }),
    );
  });
});
