import { describe, expect, it } from 'vitest';
import { type Command, checkoutBody, inventory, order, payment, uuid } from './index.js';

const commands: Command[] = [order, inventory, payment].flatMap((of): Command[] => Object.values(of));
const line = { productId: '660FACF7-B9CF-417A-8EE1-27AFE2FB2C72', quantity: 1, price: '29.99' };

describe('contracts', () => {
  it('have names of their own, each on the queue of its participant', () => {
    expect(new Set(commands.map(({ name }) => name)).size).toBe(commands.length);
    for (const { name, queue } of commands) expect(queue).toBe(`${name.split('.')[0]}_commands`);
  });

  it('do not let unknown fields of a payload through', () => {
    for (const { payload } of commands) expect(payload.safeParse({ surprise: 1 }).success).toBe(false);
  });
});

describe('the body of a checkout', () => {
  it('is completed with defaults, ids in lower case', () => {
    expect(checkoutBody.parse({ userId: 'ada', items: [line] })).toEqual({
      userId: 'ada',
      items: [{ ...line, productId: line.productId.toLowerCase() }],
      payment: { method: 'card', provider: 'simulated' },
      currency: 'USD',
    });
  });

  it.each([
    ['no lines', { items: [] }],
    ['51 lines', { items: Array.from({ length: 51 }, () => line) }],
    ['an unknown field', { coupon: 'x' }],
    ['a quantity of zero', { items: [{ ...line, quantity: 0 }] }],
    ['a quantity of 1001', { items: [{ ...line, quantity: 1001 }] }],
    ['half a unit', { items: [{ ...line, quantity: 0.5 }] }],
    ['a quantity as text', { items: [{ ...line, quantity: '1' }] }],
    ['a price as a number', { items: [{ ...line, price: 29.99 }] }],
    ['a negative price', { items: [{ ...line, price: '-1.00' }] }],
    ['a user with spaces', { userId: 'ada lovelace' }],
  ])('is refused with %s', (_, change) => {
    expect(checkoutBody.safeParse({ userId: 'ada', items: [line], ...change }).success).toBe(false);
  });
});

describe('a UUID', () => {
  it.each([
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    `${line.productId}\n`,
    `{${line.productId}}`,
  ])('is not %j', (text) => {
    expect(uuid.safeParse(text).success).toBe(false);
  });
});
