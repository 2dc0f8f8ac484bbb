import { describe, expect, it } from 'vitest';
import { conversation } from '../testing/conversation.js';
import { flight, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import { Refusal, runLocal } from './local.js';
import { begin } from './transition.js';

const keys: string[] = [];
const price = defineSaga('price', { version: 1, input: tripInput })
  .local(
    'price',
    async ({ input, idempotencyKey, refuse }) => {
      keys.push(idempotencyKey);
      if (input.seats > 9) refuse('TOO_MANY', 'nine at most', { seats: input.seats });
      if (input.seats < 0) throw new Error('no such number');
      return { total: input.seats * 10 };
    },
    { refusals: ['TOO_MANY'] },
  )
  .compensateLocal(({ failure, idempotencyKey }) => void keys.push(`${failure.code} ${idempotencyKey}`))
  .step('bookFlight', flight.book, ({ replies }) => ({ tripId: 't', seats: replies.price.total }))
  .build();

const called = (seats: number) => begin(price, { sagaId: 's', businessKey: 'b', input: { tripId: 't', seats } }, 0);
const run = async (seats: number) => {
  const { saga, calls } = called(seats);
  return calls[0] && runLocal(price, saga, calls[0]);
};

describe('a local step', () => {
  it('asks for its function to be run, and sends nothing', () => {
    expect(called(2)).toMatchObject({
      commands: [],
      calls: [{ id: 's:price:do:1', step: 'price', phase: 'do', attempt: 1 }],
    });
  });

  it('has the result of its function as reply, and the same idempotency key each time', async () => {
    keys.length = 0;
    expect(await run(2)).toEqual({ outcome: 'done', data: { total: 20 } });
    await run(2);
    expect(keys).toEqual(['s:price:do', 's:price:do']);
  });

  it('may refuse with a code that it declares', async () => {
    expect(await run(10)).toEqual({
      outcome: 'refused',
      code: 'TOO_MANY',
      message: 'nine at most',
      details: { seats: 10 },
    });
    defineSaga('refuses', { version: 1, input: tripInput }).local(
      'look',
      // @ts-expect-error: NEVER is not declared
      ({ refuse }) => refuse('NEVER'),
      { refusals: ['TOO_MANY'] },
    );
  });

  it('has failed if it refuses with another code, and is told what to do', async () => {
    const saga = defineSaga('refuses', { version: 1, input: tripInput })
      .local('look', () => {
        throw new Refusal('NEVER', 'no');
      })
      .build();
    const first = begin(saga, { sagaId: 's', businessKey: 'b', input: tripInputOf('t') }, 0);
    expect(first.calls[0] && (await runLocal(saga, first.saga, first.calls[0]))).toMatchObject({
      outcome: 'failed',
      code: 'UNDECLARED_REFUSAL',
      message: "look refused with NEVER; add it to the step's refusals",
    });
  });

  it('has failed if its function throws', async () => {
    expect(await run(-1)).toEqual({ outcome: 'failed', code: 'LOCAL_STEP_FAILED', message: 'Error: no such number' });
  });

  it('is retried, timed out and taken back like any other', async () => {
    const talk = conversation(price, tripInputOf('t'))
      .expectLocal('price')
      .fail()
      .expectLocal('price')
      .timeOut()
      .expectLocal('price')
      .reply({ total: 20 })
      .expect(flight.book, { tripId: 't', seats: 20 })
      .refuse('SOLD_OUT')
      .expectLocal('price', 'undo')
      .leave();
    keys.length = 0;
    const call = { id: '', sagaId: talk.saga.sagaId, step: 'price', phase: 'undo', attempt: 1 } as const;
    expect(await runLocal(price, talk.saga, call)).toEqual({ outcome: 'done', data: {} });
    expect(keys).toEqual([`SOLD_OUT ${talk.saga.sagaId}:price:undo`]);
  });

  it('gives its reply the type of its result', () => {
    // @ts-expect-error: total is a number
    conversation(price, tripInputOf('t')).expectLocal('price').reply({ total: 'ten' });
    // @ts-expect-error: there is no such step
    expect(() => conversation(price, tripInputOf('t')).expectLocal('prize')).toThrow();
  });
});
