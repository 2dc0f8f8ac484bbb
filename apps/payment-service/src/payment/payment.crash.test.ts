import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disagreements } from '../testing/books.js';
import { Life, replica } from '../testing/replica.js';
import type { PaymentService } from './payment.service.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../drizzle', import.meta.url) });
});
afterAll(() => database.drop());

type Step = 'process' | 'refund';
interface Cart {
  readonly orderId: string;
  readonly method: string;
  readonly amount?: string;
}

/** Sends one command. What a broker does with the message of a process that died: it comes again, to another one. */
async function deliver(
  cart: Cart,
  step: Step,
  endsAt?: number,
): Promise<{ outcome: unknown; passed: readonly string[] }> {
  const life = new Life(endsAt);
  const answer = send(replica({ pool: database.pool, life }), cart, step);
  try {
    return { outcome: await answer, passed: life.passed };
  } catch (error) {
    if (life.isOver) return deliver(cart, step);
    return { outcome: { outcome: 'failed', code: (error as { code?: string }).code }, passed: life.passed };
  }
}

function send(service: PaymentService, { orderId, method, amount = '79.97' }: Cart, step: Step) {
  return step === 'process'
    ? service.process({ orderId, amount, currency: 'USD', payment: { method, provider: 'simulated' } })
    : service.refund({ orderId, reason: 'ORDER_CONFLICT' });
}

const cartOf = (method: string): Cart => ({ orderId: randomUUID(), method });
const statusOf = async ({ orderId }: Cart) =>
  (await database.pool.query('SELECT status FROM payments WHERE order_id = $1', [orderId])).rows[0]?.status;
const capturedOf = async (orderIds: readonly string[]) => {
  const text = `SELECT idempotency_key, count(*) FILTER (WHERE kind = 'CAPTURE')::int AS captures,
                       count(*) FILTER (WHERE kind = 'REFUND')::int AS refunds
                FROM provider_ledger WHERE idempotency_key = any($1) GROUP BY 1`;
  return (await database.pool.query(text, [orderIds])).rows;
};

describe('a process that dies at each of its boundaries in turn', () => {
  const scenarios: [name: string, method: string, steps: Step[], status: string][] = [
    ['a charge', 'tok_visa', ['process'], 'SUCCESS'],
    ['a charge that is declined', 'tok_declined', ['process'], 'FAILED'],
    ['a charge whose answer is lost', 'tok_lost_answer', ['process'], 'SUCCESS'],
    ['the refund of a charge', 'tok_visa', ['process', 'refund'], 'REFUNDED'],
    ['the refund of a charge that never got an answer', 'tok_timeout', ['process', 'refund'], 'CANCELLED'],
    ['a refund that comes first', 'tok_visa', ['refund'], 'CANCELLED'],
    ['a charge after its refund', 'tok_visa', ['refund', 'process'], 'CANCELLED'],
    ['a charge that is repeated after its refund', 'tok_visa', ['process', 'refund', 'process'], 'REFUNDED'],
  ];

  it.each(scenarios)('%s', async (_name, method, steps, status) => {
    const dying = steps.at(-1) as Step;
    const prepare = async () => {
      const cart = cartOf(method);
      for (const step of steps.slice(0, -1)) await deliver(cart, step);
      return cart;
    };
    const undisturbed = await deliver(await prepare(), dying);
    expect(undisturbed.passed.length).toBeGreaterThan(1);
    for (let boundary = 1; boundary <= undisturbed.passed.length; boundary++) {
      const cart = await prepare();
      const { outcome } = await deliver(cart, dying, boundary);
      expect(withoutIds(outcome), `died ${undisturbed.passed[boundary - 1]}`).toEqual(withoutIds(undisturbed.outcome));
      expect(await statusOf(cart)).toBe(status);
      expect(await disagreements(database.pool, [cart.orderId])).toEqual([]);
    }
  });

  it('and is followed by the refund instead: nothing remains captured', async () => {
    const { passed } = await deliver(cartOf('tok_visa'), 'process');
    for (let boundary = 1; boundary <= passed.length; boundary++) {
      const cart = cartOf('tok_visa');
      const dead = send(replica({ pool: database.pool, life: new Life(boundary) }), cart, 'process');
      await expect(dead).rejects.toThrow('the process died');
      expect(await deliver(cart, 'refund')).toMatchObject({ outcome: { outcome: 'done' } });
      // The message of the dead process comes again, after all that.
      expect(await deliver(cart, 'process')).toMatchObject({ outcome: { code: 'PAYMENT_CANCELLED' } });
      expect(['CANCELLED', 'REFUNDED']).toContain(await statusOf(cart));
      expect(await disagreements(database.pool, [cart.orderId])).toEqual([]);
    }
  });
});

/** Transactions and payments are called differently in each run. */
function withoutIds(outcome: unknown): unknown {
  const text = JSON.stringify(outcome).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id');
  return JSON.parse(text);
}

describe('any commands in any order, at once and one after the other, with processes dying anywhere', () => {
  const methods = ['tok_visa', 'card', 'tok_declined', 'tok_timeout', 'tok_lost_answer', 'tok_slow'];
  const command = fc.record({
    cart: fc.nat({ max: 1 }),
    step: fc.constantFrom<Step>('process', 'process', 'refund'),
    otherAmount: fc.boolean().map((one) => one && { amount: '1.00' }),
    endsAt: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  });
  const history = fc.record({
    methods: fc.array(fc.constantFrom(...methods), { minLength: 2, maxLength: 2 }),
    waves: fc.array(fc.array(command, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
  });

  it('leave the books balanced, and after a refund nothing captured', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ methods, waves }) => {
        const carts = methods.map(cartOf);
        const answers: { orderId: string; outcome: unknown }[] = [];
        const refunded = new Set<string>();
        for (const wave of waves) {
          const deliveries = wave.map(async ({ cart: index, step, otherAmount, endsAt }) => {
            const cart = { ...carts[index]!, ...(step === 'process' && otherAmount ? otherAmount : {}) };
            answers.push({ orderId: cart.orderId, ...(await deliver(cart, step, endsAt)) });
            if (step === 'refund') refunded.add(cart.orderId);
          });
          await Promise.all(deliveries);
        }
        const orderIds = carts.map(({ orderId }) => orderId);
        expect(await disagreements(database.pool, orderIds)).toEqual([]);
        for (const { idempotency_key: orderId, captures, refunds } of await capturedOf(orderIds)) {
          expect(captures).toBeLessThanOrEqual(1);
          expect(refunds).toBe(refunded.has(orderId) ? captures : 0);
        }
        expectOneTransactionEach(answers);
      }),
      { numRuns: 80 },
    );
  }, 60_000);
});

/** Whoever was told that an order is paid was told the same transaction. */
function expectOneTransactionEach(answers: readonly { orderId: string; outcome: unknown }[]): void {
  const told = new Map<string, string>();
  for (const { orderId, outcome } of answers) {
    const { transactionId } = (outcome as { data?: { transactionId?: string } }).data ?? {};
    if (transactionId === undefined) continue;
    expect(told.get(orderId) ?? transactionId).toBe(transactionId);
    told.set(orderId, transactionId);
  }
}
