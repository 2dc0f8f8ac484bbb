import { ok } from 'node:assert/strict';
import { defineSaga, type SagaState } from '@saga-checkout/saga';
import { exploreCrashes, handler, refusal, SagaTestRunner } from '@saga-checkout/saga/testing';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const HOUR = 3_600_000;
const trip = z.object({ tripId: z.string() });
const nothing = z.object({});

const flight = {
  book: {
    name: 'flight.book',
    queue: 'flights',
    payload: trip,
    reply: z.object({ price: z.number() }),
    refusals: ['SOLD_OUT', 'CANCELLED_BEFORE'],
  },
  cancel: { name: 'flight.cancel', queue: 'flights', payload: trip, reply: nothing, refusals: [] },
} as const;
const card = {
  charge: {
    name: 'card.charge',
    queue: 'cards',
    payload: trip.extend({ amount: z.number() }),
    reply: nothing,
    refusals: ['DECLINED'],
  },
} as const;
const approved = { name: 'approved', payload: z.object({ by: z.string() }) } as const;

const tripSaga = defineSaga('trip', { version: 1, input: trip })
  .step('flight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input }) => input)
  .waitFor('approval', approved, { timeoutMs: 48 * HOUR })
  .step('pay', card.charge, ({ input, replies }) => ({ tripId: input.tripId, amount: replies.flight.price }), {
    pivot: true,
  })
  .build();

const participants = {
  ...handler(flight.book, () => ({ price: 300 })),
  ...handler(flight.cancel, () => ({})),
  ...handler(card.charge, ({ amount }) => (amount > 1_000 ? refusal('DECLINED') : {})),
};

describe('a saga in virtual time', () => {
  it('waits a day for its approval', async () => {
    const runner = new SagaTestRunner(tripSaga, { participants });
    await runner.start({ tripId: 't-7' });
    await runner.advance('24h');
    expect(runner.saga.status).toBe('WAITING');
    await runner.signal(approved, { by: 'ada' });
    expect(await runner.ended()).toMatchObject({ status: 'COMPLETED' });
    expect(runner.sent.map(({ name }) => name)).toEqual(['flight.book', 'card.charge']);
  });

  it('gets over a lost answer, and over a process that dies', async () => {
    const runner = new SagaTestRunner(tripSaga, { participants });
    runner.fault('flight.book', 'replyLost', 1).fault('card.charge', 'failed', 1);
    await runner.start({ tripId: 't-7' });
    await runner.advance('1m');
    await runner.crash();
    await runner.signal(approved, { by: 'ada' });
    await runner.ended();
    expect(runner.sent.map(({ name }) => name)).toEqual(['flight.book', 'flight.book', 'card.charge', 'card.charge']);
  });

  it('gives the flight back if nobody approves', async () => {
    const runner = new SagaTestRunner(tripSaga, { participants });
    await runner.start({ tripId: 't-7' });
    expect(await runner.ended()).toMatchObject({ status: 'COMPENSATED', failure: { code: 'EVENT_TIMEOUT' } });
  });
});

/** An airline and a bank, as they ought to be. */
function world() {
  const seats = new Map<string, 'booked' | 'cancelled'>();
  const charged = new Set<string>();
  return {
    handlers: {
      ...handler(flight.book, ({ tripId }) => {
        if (seats.get(tripId) === 'cancelled') return refusal('CANCELLED_BEFORE');
        seats.set(tripId, 'booked');
        return { price: 300 };
      }),
      ...handler(flight.cancel, ({ tripId }) => {
        seats.set(tripId, 'cancelled');
        return {};
      }),
      ...handler(card.charge, ({ tripId }) => {
        charged.add(tripId);
        return {};
      }),
    },
    invariants: ({ status }: SagaState) => {
      ok((seats.get('t-7') === 'booked') === (status === 'COMPLETED'), `the seat is ${seats.get('t-7')}`);
      ok(charged.has('t-7') === (status === 'COMPLETED'), 'paid, and no trip; or the other way round');
    },
  };
}

describe('a saga under every crash', () => {
  it('books and pays, or leaves nothing behind', async () => {
    const explored = await exploreCrashes(tripSaga, {
      input: { tripId: 't-7' },
      participants: world,
      script: ({ after, signal }) => after('2h', () => void signal(approved, { by: 'ada' }, 'mail-4711')),
      scenarios: [{ name: 'nobody approves', script: () => {} }],
      maxPairs: 200,
    });
    expect(explored.summary).toMatch(/^trip: \d+ runs in/);
    expect(explored.outcomes.COMPLETED).toBeGreaterThan(0);
  }, 120_000);

  it('finds the airline out that forgets a cancellation before its booking', async () => {
    const forgetful = () => {
      const booked = new Set<string>();
      const { handlers } = world();
      const book = handler(flight.book, ({ tripId }) => {
        booked.add(tripId);
        return { price: 300 };
      });
      const cancel = handler(flight.cancel, ({ tripId }) => {
        booked.delete(tripId);
        return {};
      });
      const invariants = ({ status }: SagaState) =>
        ok(booked.size === (status === 'COMPLETED' ? 1 : 0), 'a seat is lost');
      return { handlers: { ...handlers, ...book, ...cancel }, invariants };
    };
    const input = { tripId: 't-7' };
    const label = 'seed 1 | every command of flight is late';
    const again = exploreCrashes(tripSaga, { input, participants: forgetful, only: label });
    await expect(again).rejects.toThrow('flight was done after it had been taken back');
  });
});
