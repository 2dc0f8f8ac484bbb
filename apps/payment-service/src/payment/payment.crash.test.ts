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

interface Delivered {
  /** Absent if the process died before it answered. */
  readonly outcome?: { readonly outcome: string; readonly code?: string | undefined; readonly data?: unknown };
  readonly passed: readonly string[];
}

/** Sends one command to a process of its own, that dies at the given boundary. */
async function attempt(cart: Cart, step: Step, endsAt?: number): Promise<Delivered> {
  const life = new Life(endsAt);
  try {
    return { outcome: await send(replica({ pool: database.pool, life }), cart, step), passed: life.passed };
  } catch (error) {
    const { passed } = life;
    return life.isOver
      ? { passed }
      : { passed, outcome: { outcome: 'failed', code: (error as { code?: string }).code } };
  }
}

/** Sends one command. If the process dies, the broker delivers its message again, to another one. */
async function deliver(cart: Cart, step: Step, endsAt?: number): Promise<Delivered> {
  const delivered = await attempt(cart, step, endsAt);
  return delivered.outcome ? delivered : deliver(cart, step);
}

function send(service: PaymentService, { orderId, method, amount = '79.97' }: Cart, step: Step) {
  return step === 'process'
    ? service.process({ orderId, amount, currency: 'USD', payment: { method, provider: 'simulated' } })
    : service.refund({ orderId, reason: 'ORDER_CONFLICT' });
}

const cartOf = (method: string): Cart => ({ orderId: randomUUID(), method });
const statusOf = async ({ orderId }: Cart) =>
  (await database.pool.query('SELECT status FROM payments WHERE order_id = $1', [orderId])).rows[0]?.status;
const entriesOf = async (orderId: string): Promise<{ captures: number; refunds: number }> => {
  const text = `SELECT count(*) FILTER (WHERE kind = 'CAPTURE')::int AS captures,
                       count(*) FILTER (WHERE kind = 'REFUND')::int AS refunds
                FROM provider_ledger WHERE idempotency_key = $1`;
  return (await database.pool.query(text, [orderId])).rows[0];
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
      expect((await attempt(cart, 'process', boundary)).outcome).toBeUndefined();
      expect(await deliver(cart, 'refund')).toMatchObject({ outcome: { outcome: 'done' } });
      // The message of the dead process comes again, after all that.
      expect(await deliver(cart, 'process')).toMatchObject({ outcome: { code: 'PAYMENT_CANCELLED' } });
      expect(['CANCELLED', 'REFUNDED']).toContain(await statusOf(cart));
      expect(await disagreements(database.pool, [cart.orderId])).toEqual([]);
    }
  });
});

describe('the refund of a charge whose process died before the capture was recorded', () => {
  it('gives it back, wherever it dies itself', async () => {
    const prepare = async () => {
      const cart = cartOf('tok_visa');
      const { passed } = await deliver(cartOf('tok_visa'), 'process');
      const captured = passed.indexOf('after the capture') + 1;
      expect((await attempt(cart, 'process', captured)).outcome).toBeUndefined();
      return cart;
    };
    const { passed } = await deliver(await prepare(), 'refund');
    expect(passed).toContain('after saving CANCELLED');
    for (let boundary = 1; boundary <= passed.length; boundary++) {
      const cart = await prepare();
      expect(await deliver(cart, 'refund', boundary)).toMatchObject({ outcome: { outcome: 'done' } });
      expect(await statusOf(cart), `died ${passed[boundary - 1]}`).toBe('REFUNDED');
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
    other: fc.constantFrom({}, {}, {}, { amount: '1.00' }),
    endsAt: fc.option(fc.integer({ min: 1, max: 14 }), { nil: undefined }),
  });
  const history = fc.record({
    methods: fc.array(fc.constantFrom(...methods), { minLength: 2, maxLength: 2 }),
    waves: fc.array(fc.array(command, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
  });

  it('leave the books balanced, and nothing captured once a refund is done', async () => {
    await fc.assert(
      fc.asyncProperty(history, async ({ methods, waves }) => {
        const carts = methods.map(cartOf);
        const answers: Answer[] = [];
        const unanswered: (() => Promise<void>)[] = [];
        const execute = async (cart: Cart, step: Step, endsAt?: number) => {
          const { outcome } = await attempt(cart, step, endsAt);
          if (!outcome) unanswered.push(() => execute(cart, step));
          else answers.push({ ...cart, step, outcome });
          if (step === 'refund' && outcome) expect(await leftOf(cart.orderId)).toBe(0);
        };
        for (const wave of waves)
          await Promise.all(
            wave.map(({ cart, ...rest }) => execute({ ...carts[cart]!, ...rest.other }, rest.step, rest.endsAt)),
          );
        // The messages of those who died come again when much else has happened.
        while (unanswered.length > 0) await Promise.all(unanswered.splice(0).map((again) => again()));
        expect(
          await disagreements(
            database.pool,
            carts.map(({ orderId }) => orderId),
          ),
        ).toEqual([]);
        for (const { orderId } of carts) await expectBooks(orderId, answers);
      }),
      { numRuns: 80 },
    );
  }, 60_000);
});

interface Answer extends Cart {
  readonly step: Step;
  readonly outcome: NonNullable<Delivered['outcome']>;
}

/** How many captures of an order have not been given back. */
async function leftOf(orderId: string): Promise<number> {
  const { captures, refunds } = await entriesOf(orderId);
  return captures - refunds;
}

/** At most one capture, given back if and only if a refund was asked for, and told to everybody alike. */
async function expectBooks(orderId: string, all: readonly Answer[]): Promise<void> {
  const answers = all.filter((answer) => answer.orderId === orderId);
  const { captures, refunds } = await entriesOf(orderId);
  expect(captures).toBeLessThanOrEqual(1);
  expect(refunds).toBe(answers.some(({ step }) => step === 'refund') ? captures : 0);
  const paid = answers.filter(({ step, outcome }) => step === 'process' && outcome.outcome === 'done');
  expect(new Set(paid.map(({ outcome }) => JSON.stringify(outcome))).size).toBeLessThanOrEqual(1);
}
