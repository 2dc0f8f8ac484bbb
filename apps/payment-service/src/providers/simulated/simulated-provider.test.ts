import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestOf } from '../../testing/charge.js';
import { Ledger } from './ledger.js';
import { SimulatedProvider } from './simulated-provider.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../../drizzle', import.meta.url) });
});
afterAll(() => database.drop());

const never = new AbortController().signal;
/** A provider with a ledger of its own in front of the shared table, as another process has. */
const providerOf = (options: Partial<ConstructorParameters<typeof SimulatedProvider>[1]> = {}) =>
  new SimulatedProvider(new Ledger(database.pool), { failureRate: 0, ...options });
const ask = (provider: SimulatedProvider, method: string, key?: string) =>
  provider.authorizeAndCapture(requestOf(method, key), never);
const kindsOf = async (key: string) => {
  const text = 'SELECT kind, amount, transaction_id FROM provider_ledger WHERE idempotency_key = $1 ORDER BY id';
  return (await database.pool.query(text, [key])).rows;
};

describe('the fate of a payment method', () => {
  it('tok_visa is captured, whatever the failure rate', async () => {
    const provider = providerOf({ failureRate: 1 });
    expect(await ask(provider, 'tok_visa')).toEqual({
      outcome: 'captured',
      transactionId: expect.stringMatching(/^sim_/),
    });
  });

  it.each([
    ['tok_declined', 'CARD_DECLINED'],
    ['tok_insufficient_funds', 'INSUFFICIENT_FUNDS'],
    ['tok_requires_action', 'REQUIRES_ACTION_UNSUPPORTED'],
    ['cowrie_shells', 'UNKNOWN_METHOD'],
    ['__proto__', 'UNKNOWN_METHOD'],
  ])('%s is declined %s', async (method, code) => {
    expect(await ask(providerOf(), method)).toMatchObject({ outcome: 'declined', code, message: expect.any(String) });
  });

  it('card is declined as often as chance has it', async () => {
    const rolls = [0.049, 0.05, 0.99];
    const provider = providerOf({ failureRate: 0.05, random: () => rolls.shift() ?? 0 });
    const verdicts = [await ask(provider, 'card'), await ask(provider, 'card'), await ask(provider, 'card')];
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(['declined', 'captured', 'captured']);
  });

  it('tok_slow takes its time', async () => {
    const waits: number[] = [];
    const provider = providerOf({ wait: async (delayMs) => void waits.push(delayMs) });
    expect(await ask(provider, 'tok_slow')).toMatchObject({ outcome: 'captured' });
    expect(waits).toEqual([2000]);
  });

  it.each([
    ['tok_timeout', undefined],
    ['tok_lost_answer', { outcome: 'captured' }],
  ])('%s never answers, and lookup tells what came of it', async (method, found) => {
    const hangs = Promise.withResolvers<void>();
    const provider = providerOf({
      wait: async (delayMs, signal) => {
        expect(delayMs).toBe(Number.POSITIVE_INFINITY);
        hangs.resolve();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        signal.throwIfAborted();
      },
    });
    const request = requestOf(method);
    const patience = new AbortController();
    const answer = provider.authorizeAndCapture(request, patience.signal);
    await hangs.promise;
    patience.abort(new Error('enough'));
    await expect(answer).rejects.toThrow('enough');
    const verdict = await providerOf().lookup(request.idempotencyKey);
    if (found) expect(verdict).toMatchObject(found);
    else expect(verdict).toBeUndefined();
  });
});

describe('a key', () => {
  it('is decided once, and answers the same ever after', async () => {
    const key = requestOf('card').idempotencyKey;
    const first = await ask(providerOf({ failureRate: 1 }), 'card', key);
    expect(first).toMatchObject({ outcome: 'declined' });
    expect(await ask(providerOf({ failureRate: 0 }), 'card', key)).toEqual(first);
    expect(await providerOf().lookup(key)).toEqual(first);
  });

  it('captures once for all who ask at the same moment, in one process and in two', async () => {
    const keys = Array.from({ length: 40 }, () => requestOf('card').idempotencyKey);
    const askAll = (provider: SimulatedProvider, order: string[]) =>
      Promise.all([...order, ...order].map((key) => ask(provider, 'card', key)));
    const [one, two] = await Promise.all([
      askAll(providerOf({ failureRate: 0.5 }), keys),
      askAll(providerOf({ failureRate: 0.5 }), keys.toReversed()),
    ]);
    const reversed = two!.slice(0, keys.length).toReversed();
    expect(one).toEqual([...reversed, ...reversed]);
    for (const key of keys) expect(await kindsOf(key)).toHaveLength(1);
  });

  it('gives back in full and once what was captured', async () => {
    const request = requestOf('tok_visa');
    const provider = providerOf();
    const verdict = await provider.authorizeAndCapture(request, never);
    const refunds = await Promise.all([provider, providerOf(), provider].map((each) => each.refund(request)));
    const transactionId = verdict.outcome === 'captured' ? verdict.transactionId : '';
    expect(refunds).toEqual(Array(3).fill({ outcome: 'refunded', transactionId }));
    expect(await kindsOf(request.idempotencyKey)).toEqual([
      { kind: 'CAPTURE', amount: '79.97', transaction_id: transactionId },
      { kind: 'REFUND', amount: '79.97', transaction_id: transactionId },
    ]);
    expect(await provider.lookup(request.idempotencyKey)).toEqual(verdict);
  });

  it('gives back nothing of a decline', async () => {
    const request = requestOf('tok_declined');
    await ask(providerOf(), 'tok_declined', request.idempotencyKey);
    expect(await providerOf().refund(request)).toEqual({ outcome: 'nothing' });
    expect(await kindsOf(request.idempotencyKey)).toMatchObject([{ kind: 'DECLINE' }]);
  });

  it('is closed by a refund that finds nothing, so that a late capture is declined', async () => {
    const request = requestOf('tok_visa');
    expect(await providerOf().refund(request)).toEqual({ outcome: 'nothing' });
    expect(await ask(providerOf(), 'tok_visa', request.idempotencyKey)).toMatchObject({
      outcome: 'declined',
      code: 'KEY_CLOSED',
    });
    expect(await providerOf().refund(request)).toEqual({ outcome: 'nothing' });
    expect(await kindsOf(request.idempotencyKey)).toMatchObject([{ kind: 'CLOSED' }]);
  });

  it('is either captured and given back or closed when both arrive at once', async () => {
    const requests = Array.from({ length: 60 }, () => requestOf('tok_visa'));
    const one = providerOf();
    const two = providerOf();
    const [verdicts, returns] = await Promise.all([
      Promise.all(requests.map((request) => one.authorizeAndCapture(request, never))),
      Promise.all(requests.toReversed().map((request) => two.refund(request))),
    ]);
    verdicts.forEach((verdict, index) => {
      const expected = verdict.outcome === 'captured' ? 'refunded' : 'nothing';
      expect(returns.toReversed()[index]).toMatchObject({ outcome: expected });
    });
  });
});

it('believes no webhook', () => {
  expect(providerOf().verifyWebhook()).toBe(false);
});
