import { randomUUID } from 'node:crypto';
import { createPool } from '@saga-checkout/database';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PaymentProvider } from '../providers/payment-provider.js';
import { disagreements } from '../testing/books.js';
import { Life, replica } from '../testing/replica.js';
import type { PaymentService } from './payment.service.js';

let database: TestDatabase;
let secondPool: ReturnType<typeof createPool>;
/** Two replicas of the service: pools, repositories and rounds of their own, one database. */
let one: PaymentService;
let two: PaymentService;

beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../drizzle', import.meta.url) });
  secondPool = createPool({ url: database.url, applicationName: 'second replica' });
  one = replica({ pool: database.pool });
  two = replica({ pool: secondPool });
});
afterEach(async () => expect(await disagreements(database.pool)).toEqual([]));
afterAll(async () => {
  await secondPool.end();
  await database.drop();
});

const paying = (method = 'tok_visa', orderId: string = randomUUID()) => ({
  orderId,
  amount: '79.97',
  currency: 'USD',
  payment: { method, provider: 'simulated' as const },
});
const refunding = ({ orderId }: { orderId: string }, reason = 'ORDER_CONFLICT') => ({ orderId, reason });
const rowOf = async ({ orderId }: { orderId: string }) =>
  (await database.pool.query('SELECT * FROM payments WHERE order_id = $1', [orderId])).rows[0];
const kindsOf = async ({ orderId }: { orderId: string }) => {
  const text = 'SELECT kind FROM provider_ledger WHERE idempotency_key = $1 ORDER BY id';
  return (await database.pool.query(text, [orderId])).rows.map(({ kind }) => kind).join();
};
const done = { outcome: 'done', data: {} };
const cancelled = { outcome: 'refused', code: 'PAYMENT_CANCELLED' };

describe('process', () => {
  it('takes the money once and answers the same ever after', async () => {
    const payload = paying();
    const first = await one.process(payload);
    expect(first).toMatchObject({ outcome: 'done', data: { transactionId: expect.stringMatching(/^sim_/) } });
    expect(await one.process(payload)).toEqual(first);
    expect(await two.process(payload)).toEqual(first);
    expect(await rowOf(payload)).toMatchObject({ status: 'SUCCESS', amount: '79.97', currency: 'USD', version: 2 });
    expect(await kindsOf(payload)).toBe('CAPTURE');
  });

  it('takes the money of many orders in few rounds', async () => {
    const life = new Life();
    const service = replica({ pool: database.pool, life });
    const outcomes = await Promise.all(Array.from({ length: 300 }, () => service.process(paying())));
    expect(outcomes.every(({ outcome }) => outcome === 'done')).toBe(true);
    expect(life.passed.filter((boundary) => boundary.startsWith('after saving'))).toHaveLength(2);
  });

  it('records a decline, and declines the same without asking again', async () => {
    const payload = paying('tok_insufficient_funds');
    const first = await one.process(payload);
    expect(first).toMatchObject({
      outcome: 'refused',
      code: 'PAYMENT_DECLINED',
      details: { declineCode: 'INSUFFICIENT_FUNDS' },
    });
    const life = new Life();
    expect(await replica({ pool: database.pool, life }).process(payload)).toEqual(first);
    expect(life.passed).toEqual(['before load', 'after load']);
    expect(await kindsOf(payload)).toBe('DECLINE');
  });

  it('declines plain cards at the failure rate, and a repeated command the same', async () => {
    const unlucky = replica({ pool: database.pool, failureRate: 0.05, random: () => 0.04 });
    const lucky = replica({ pool: database.pool, failureRate: 0.05, random: () => 0.06 });
    const payload = paying('card');
    const first = await unlucky.process(payload);
    expect(first).toMatchObject({ code: 'PAYMENT_DECLINED', details: { declineCode: 'CARD_DECLINED' } });
    expect(await lucky.process(payload)).toEqual(first);
    expect(await lucky.process(paying('card'))).toMatchObject({ outcome: 'done' });
  });

  it('with other content is refused, and changes nothing', async () => {
    const payload = paying();
    const first = await one.process(payload);
    expect(await one.process({ ...payload, amount: '1.00' })).toMatchObject({ code: 'PAYMENT_CONFLICT' });
    expect(await one.process({ ...payload, currency: 'EUR' })).toMatchObject({ code: 'PAYMENT_CONFLICT' });
    expect(await one.process(paying('card', payload.orderId))).toMatchObject({ code: 'PAYMENT_CONFLICT' });
    expect(await one.process(payload)).toEqual(first);
  });

  it('answers a slow provider as well', async () => {
    expect(await one.process(paying('tok_slow'))).toMatchObject({ outcome: 'done' });
  });
});

describe('an answer that does not come', () => {
  it('is looked up, and the capture found', async () => {
    const payload = paying('tok_lost_answer');
    expect(await one.process(payload)).toMatchObject({ outcome: 'done' });
    expect(await rowOf(payload)).toMatchObject({ status: 'SUCCESS' });
  });

  it('is a failure if the provider knows nothing, and the payment stays open', async () => {
    const payload = paying('tok_timeout');
    await expect(one.process(payload)).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT' });
    await expect(two.process(payload)).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT' });
    expect(await rowOf(payload)).toMatchObject({ status: 'PENDING', version: 1 });
    expect(await one.refund(refunding(payload))).toEqual(done);
    expect(await rowOf(payload)).toMatchObject({ status: 'CANCELLED' });
    expect(await kindsOf(payload)).toBe('CLOSED');
  });

  it('is a failure if the provider cannot be asked at all', async () => {
    const unreachable: PaymentProvider = {
      authorizeAndCapture: () => Promise.reject(new Error('connection reset')),
      lookup: () => Promise.reject(new Error('connection refused')),
      refund: () => Promise.reject(new Error('connection refused')),
      verifyWebhook: () => false,
    };
    const service = replica({ pool: database.pool, through: () => unreachable });
    const payload = paying();
    await expect(service.process(payload)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await expect(service.refund(refunding(payload))).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    // The fence is up; the refund that comes again finds nothing to give back.
    expect(await rowOf(payload)).toMatchObject({ status: 'CANCELLED' });
    expect(await one.refund(refunding(payload))).toEqual(done);
  });
});

describe('refund', () => {
  it('gives back what was captured, once', async () => {
    const payload = paying();
    await one.process(payload);
    expect(await one.refund(refunding(payload))).toEqual(done);
    expect(await two.refund(refunding(payload, 'again'))).toEqual(done);
    expect(await rowOf(payload)).toMatchObject({ status: 'REFUNDED', refund_reason: 'ORDER_CONFLICT', version: 3 });
    expect(await kindsOf(payload)).toBe('CAPTURE,REFUND');
    expect(await one.process(payload)).toMatchObject(cancelled);
  });

  it('before its process leaves a tombstone, and the provider is never asked', async () => {
    const payload = paying();
    expect(await one.refund(refunding(payload, 'TIMED_OUT'))).toEqual(done);
    expect(await one.refund(refunding(payload))).toEqual(done);
    expect(await two.process(payload)).toMatchObject(cancelled);
    expect(await rowOf(payload)).toMatchObject({ status: 'CANCELLED', amount: null, refund_reason: 'TIMED_OUT' });
    expect(await kindsOf(payload)).toBe('');
  });

  it('of a declined payment has nothing to do', async () => {
    const payload = paying('tok_declined');
    await one.process(payload);
    expect(await one.refund(refunding(payload))).toEqual(done);
    expect(await rowOf(payload)).toMatchObject({ status: 'FAILED' });
  });
});

describe('a capture that is recorded after the refund has passed', () => {
  /** A provider whose capture is held: before it takes effect, or before it is heard of. */
  function held(when: 'before' | 'after') {
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const hold = () => {
      arrived.resolve();
      return release.promise;
    };
    const through = (provider: PaymentProvider): PaymentProvider => ({
      authorizeAndCapture: async (request, signal) => {
        if (when === 'before') await hold();
        const verdict = await provider.authorizeAndCapture(request, signal);
        if (when === 'after') await hold();
        return verdict;
      },
      lookup: (key, signal) => provider.lookup(key, signal),
      refund: (request, signal) => provider.refund(request, signal),
      verifyWebhook: () => false,
    });
    return { service: replica({ pool: database.pool, through }), arrived: arrived.promise, release: release.resolve };
  }

  it('was given back by the refund, which found it', async () => {
    const { service, arrived, release } = held('after');
    const payload = paying();
    const answer = service.process(payload);
    await arrived;
    expect(await two.refund(refunding(payload))).toEqual(done);
    expect(await kindsOf(payload)).toBe('CAPTURE,REFUND');
    release();
    expect(await answer).toMatchObject(cancelled);
    expect(await rowOf(payload)).toMatchObject({ status: 'REFUNDED' });
  });

  it('does not happen, as the refund has closed the key', async () => {
    const { service, arrived, release } = held('before');
    const payload = paying();
    const answer = service.process(payload);
    await arrived;
    expect(await two.refund(refunding(payload))).toEqual(done);
    release();
    expect(await answer).toMatchObject(cancelled);
    expect(await kindsOf(payload)).toBe('CLOSED');
    expect(await rowOf(payload)).toMatchObject({ status: 'CANCELLED' });
  });

  it('is given back also where the provider knows no way to close a key', async () => {
    const { service, arrived, release } = held('before');
    const forgetful = replica({
      pool: database.pool,
      through: () => ({
        authorizeAndCapture: () => Promise.reject(new Error('not asked')),
        lookup: () => Promise.resolve(undefined),
        refund: () => Promise.resolve({ outcome: 'nothing' }),
        verifyWebhook: () => false,
      }),
    });
    const payload = paying();
    const answer = service.process(payload);
    await arrived;
    expect(await forgetful.refund(refunding(payload))).toEqual(done);
    release();
    expect(await answer).toMatchObject(cancelled);
    expect(await kindsOf(payload)).toBe('CAPTURE,REFUND');
    expect(await rowOf(payload)).toMatchObject({ status: 'REFUNDED' });
  });
});

describe('two replicas at the same moment', () => {
  it('take the money once and answer the same', async () => {
    const payloads = Array.from({ length: 60 }, () => paying());
    const [first, second, again] = await Promise.all([
      Promise.all(payloads.map((payload) => one.process(payload))),
      Promise.all(payloads.map((payload) => two.process(payload))),
      Promise.all(payloads.map((payload) => one.process(payload))),
    ]);
    expect(first).toEqual(second);
    expect(first).toEqual(again);
    expect(first?.every(({ outcome }) => outcome === 'done')).toBe(true);
    const { rows } = await database.pool.query(
      'SELECT count(*)::int AS captures FROM provider_ledger WHERE idempotency_key = any($1)',
      [payloads.map(({ orderId }) => orderId)],
    );
    expect(rows[0].captures).toBe(payloads.length);
  });

  it('leave nothing captured when one processes while the other refunds', async () => {
    const payloads = Array.from({ length: 120 }, () => paying());
    const [, refunds] = await Promise.all([
      Promise.all(payloads.map((payload) => one.process(payload))),
      Promise.all(payloads.toReversed().map((payload) => two.refund(refunding(payload)))),
    ]);
    expect(refunds.every(({ outcome }) => outcome === 'done')).toBe(true);
    const { rows } = await database.pool.query(
      `SELECT status, count(*)::int FROM payments WHERE order_id = any($1) AND status NOT IN ('CANCELLED', 'REFUNDED')
       GROUP BY 1`,
      [payloads.map(({ orderId }) => orderId)],
    );
    expect(rows).toEqual([]);
  });
});

describe('a round', () => {
  it('fails only the item whose data no column can hold', async () => {
    const bad = one.refund({ orderId: randomUUID(), reason: 'a \u0000 that Postgres takes in no text' });
    const [refunded, processed] = await Promise.allSettled([bad, one.process(paying())]);
    expect(refunded.status).toBe('rejected');
    expect(processed).toMatchObject({ status: 'fulfilled', value: { outcome: 'done' } });
  });

  it('rejects with a code while the database is down', async () => {
    const pool = createPool({ url: 'postgres://nobody:x@127.0.0.1:1/none', applicationName: 'cut off' });
    await expect(replica({ pool }).process(paying())).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await pool.end();
  });
});
