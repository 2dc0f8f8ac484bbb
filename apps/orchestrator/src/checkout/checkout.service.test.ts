import { type CommandSender, MemoryStore, type Outcome, type OutgoingCommand, SagaRuntime } from '@saga-checkout/saga';
import type { CheckoutRequest } from '@saga-checkout/shared-types';
import { v4 as uuid } from 'uuid';
import { afterEach, describe, expect, it } from 'vitest';
import { checkoutSaga } from './checkout.saga.js';
import { CheckoutService, IdempotencyKeyReusedError, ParticipantUnavailableError } from './checkout.service.js';

const runtimes: SagaRuntime[] = [];
afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop(0)));
});

/** Participants that answer at once, or never: `answer` says how, otherwise they are done. */
function shop(answer: (command: OutgoingCommand) => Outcome | 'silence' | undefined = () => undefined) {
  const sent: OutgoingCommand[] = [];
  let listener: (id: string, outcome: Outcome) => void = () => {};
  const sender: CommandSender = {
    send: (commands) => {
      sent.push(...commands);
      for (const command of commands) {
        const outcome = answer(command) ?? done(command);
        if (outcome !== 'silence') setImmediate(() => listener(command.id, outcome));
      }
    },
    onReply: (callback) => {
      listener = callback;
    },
  };
  const clock = { now: Date.now() };
  const runtime = new SagaRuntime({ definitions: [checkoutSaga], store: new MemoryStore(), sender, owner: 'test' });
  runtime.start();
  runtimes.push(runtime);
  const away: { name?: string } = {};
  const checkouts = new CheckoutService({
    runtime,
    participants: { missing: async () => away.name },
    dedupeWindowMs: 60_000,
    now: () => clock.now,
  });
  return {
    checkouts,
    sent,
    clock,
    away,
    count: (name: string) => sent.filter((command) => command.name === name).length,
  };
}

function done({ name, payload }: OutgoingCommand): Outcome {
  const { orderId } = payload as { orderId: string };
  const data: Record<string, unknown> = {
    'order.create': { orderId, total: '29.99', currency: 'USD' },
    'inventory.reserve': { reservationIds: [uuid()] },
    'payment.process': { paymentId: uuid(), transactionId: 'sim_1' },
    'order.confirm': { orderId, confirmedAt: new Date().toISOString() },
  };
  return { outcome: 'done', data: data[name] ?? {} };
}

const declined: Outcome = { outcome: 'refused', code: 'PAYMENT_DECLINED', message: 'the card was declined' };
const declines = ({ name }: OutgoingCommand) => (name === 'payment.process' ? declined : undefined);

const request = (changes: Partial<CheckoutRequest> = {}): CheckoutRequest => ({
  orderId: uuid(),
  userId: 'ada',
  items: [{ productId: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', quantity: 1, price: '29.99' }],
  payment: { method: 'tok_visa', provider: 'simulated' },
  currency: 'USD',
  waitMs: 5_000,
  ...changes,
});

describe('a checkout', () => {
  it('ends confirmed, with what it cost', async () => {
    const { checkouts } = shop();
    const { orderId, ...body } = request();
    const result = await checkouts.checkout({ orderId, ...body });
    expect(result).toMatchObject({ orderId, status: 'CONFIRMED', total: '29.99', currency: 'USD', replayed: false });
  });

  it('ends cancelled, with the reason, when a step is refused', async () => {
    const { checkouts, count } = shop(declines);
    const result = await checkouts.checkout(request());
    expect(result).toMatchObject({
      status: 'CANCELLED',
      failure: { code: 'PAYMENT_DECLINED', step: 'processPayment' },
    });
    expect([count('inventory.release'), count('order.cancel'), count('payment.refund')]).toEqual([1, 1, 0]);
  });

  it('is pending when it has not ended within the wait', async () => {
    const { checkouts } = shop(() => 'silence');
    expect(await checkouts.checkout(request({ waitMs: 0 }))).toMatchObject({ status: 'PENDING' });
  });
});

describe('the same checkout again', () => {
  it('with the same key gives the same outcome once, also at the same instant', async () => {
    const { checkouts, count } = shop();
    const twice = [request({ idempotencyKey: 'k' }), request({ idempotencyKey: 'k' })];
    const [first, second] = await Promise.all(twice.map((each) => checkouts.checkout(each)));
    const third = await checkouts.checkout(request({ idempotencyKey: 'k' }));
    expect([first?.replayed, second?.replayed, third.replayed]).toEqual([false, true, true]);
    expect(new Set([first?.orderId, second?.orderId, third.orderId]).size).toBe(1);
    expect(count('order.create')).toBe(1);
  });

  it('with the same key and a refusal gives the same refusal', async () => {
    const { checkouts, count } = shop(declines);
    const first = await checkouts.checkout(request({ idempotencyKey: 'k' }));
    const second = await checkouts.checkout(request({ idempotencyKey: 'k' }));
    expect(second).toEqual({ ...first, replayed: true });
    expect(count('payment.process')).toBe(1);
  });

  it('with the same key and another body is refused', async () => {
    const { checkouts } = shop();
    await checkouts.checkout(request({ idempotencyKey: 'k' }));
    const other = request({ idempotencyKey: 'k', currency: 'EUR' });
    await expect(checkouts.checkout(other)).rejects.toBeInstanceOf(IdempotencyKeyReusedError);
  });

  it('with a key that another user has used is another checkout', async () => {
    const { checkouts } = shop();
    const first = await checkouts.checkout(request({ idempotencyKey: 'k' }));
    const second = await checkouts.checkout(request({ idempotencyKey: 'k', userId: 'bob' }));
    expect(second).toMatchObject({ status: 'CONFIRMED', replayed: false });
    expect(second.orderId).not.toBe(first.orderId);
  });

  it('without a key joins the earlier one within the window', async () => {
    const { checkouts, clock, count } = shop();
    const [first, second] = await Promise.all([checkouts.checkout(request()), checkouts.checkout(request())]);
    expect(second).toEqual({ ...first, replayed: true });
    clock.now += 61_000;
    expect((await checkouts.checkout(request())).orderId).not.toBe(first.orderId);
    expect(count('order.create')).toBe(2);
  });

  it('without a key begins anew if the earlier one failed', async () => {
    let fails = true;
    const { checkouts } = shop((command) => (fails ? declines(command) : undefined));
    const first = await checkouts.checkout(request());
    fails = false;
    const second = await checkouts.checkout(request());
    expect([first.status, second.status]).toEqual(['CANCELLED', 'CONFIRMED']);
  });

  it('of a gateway that asks again with its order id is one request, also after it failed', async () => {
    const { checkouts, count } = shop(declines);
    const same = request();
    const first = await checkouts.checkout(same);
    expect(await checkouts.checkout(same)).toEqual(first);
    expect(count('payment.process')).toBe(1);
  });
});

describe('while a participant is away', () => {
  it('a new checkout is refused, with its name, and nothing is started', async () => {
    const { checkouts, sent, away } = shop();
    away.name = 'inventory';
    const refused = checkouts.checkout(request({ idempotencyKey: 'k' }));
    await expect(refused).rejects.toBeInstanceOf(ParticipantUnavailableError);
    await expect(refused).rejects.toMatchObject({
      participant: 'inventory',
      message: expect.stringContaining('inventory'),
    });
    expect(sent).toEqual([]);
    delete away.name;
    expect(await checkouts.checkout(request({ idempotencyKey: 'k' }))).toMatchObject({ replayed: false });
  });

  it('one that has begun before is told of: by its key, by its cart, to the gateway that asks again', async () => {
    const { checkouts, away } = shop();
    const keyed = await checkouts.checkout(request({ idempotencyKey: 'k' }));
    const plain = request({ currency: 'EUR' });
    const first = await checkouts.checkout(plain);
    away.name = 'inventory';
    expect(await checkouts.checkout(request({ idempotencyKey: 'k' }))).toEqual({ ...keyed, replayed: true });
    expect(await checkouts.checkout(request({ currency: 'EUR' }))).toEqual({ ...first, replayed: true });
    expect(await checkouts.checkout(plain)).toEqual(first);
    const other = checkouts.checkout(request({ idempotencyKey: 'k', currency: 'EUR' }));
    await expect(other).rejects.toBeInstanceOf(IdempotencyKeyReusedError);
  });

  it('one of the same cart that failed before is not begun anew', async () => {
    const { checkouts, away } = shop(declines);
    await checkouts.checkout(request());
    away.name = 'inventory';
    await expect(checkouts.checkout(request())).rejects.toBeInstanceOf(ParticipantUnavailableError);
  });
});
