import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../core/builder.js';
import { fold } from '../core/evolve.js';
import type { SagaState } from '../core/saga.js';
import type { Fault } from './faults.js';
import { SagaTestRunner } from './saga-test-runner.js';
import { failure, handler, refusal } from './simulation/participants.js';
import { card, flight, hotel, tripInput, tripInputOf, tripSaga } from './trip.fixture.js';
import { tripParticipants } from './trip-participants.fixture.js';

const trip = ({ handlers } = tripParticipants()) => new SagaTestRunner(tripSaga(), { participants: handlers });
const started = async (runner: SagaTestRunner<{ tripId: string; seats: number }> = trip()) => {
  await runner.start(tripInputOf('t'));
  return runner;
};
const names = ({ sent }: SagaTestRunner) => sent.map(({ name }) => name);
const statuses = ({ steps }: SagaState) => Object.values(steps).map(({ status }) => status);
const FORWARD = ['flight.book', 'hotel.book', 'card.charge', 'ticket.issue'];
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a runner', () => {
  it('runs a saga to its end, with functions for participants', async () => {
    const runner = await started();
    expect(runner.saga.status).toBe('RUNNING');
    expect(names(runner)).toEqual(['flight.book']);
    expect(await runner.ended()).toMatchObject({ status: 'COMPLETED' });
    expect(names(runner)).toEqual(FORWARD);
    expect(fold(runner.logs, runner.saga.sagaId)).toEqual(runner.saga);
  });

  it('takes refusals and failures from participants', async () => {
    let [asked, cancelled] = [0, 0];
    const participants = {
      ...tripParticipants().handlers,
      ...handler(hotel.book, () => (++asked < 3 ? failure('DOWN') : refusal('NO_ROOM', 'full', { beds: 0 }))),
      ...handler(flight.cancel, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        cancelled++;
        return {};
      }),
    };
    const runner = await started(new SagaTestRunner(tripSaga(), { participants }));
    const saga = await runner.ended();
    expect(saga).toMatchObject({ status: 'COMPENSATED', failure: { code: 'NO_ROOM', details: { beds: 0 } } });
    expect([asked, cancelled]).toEqual([3, 1]);
  });

  it('brings out what a participant throws, and payloads that break their contract', async () => {
    const participants = {
      ...tripParticipants().handlers,
      'flight.book': () => {
        throw new Error('seats are negative');
      },
    };
    const runner = await started(new SagaTestRunner(tripSaga(), { participants }));
    await expect(runner.ended()).rejects.toThrow('seats are negative');
    const bad = tripSaga();
    const steps = bad.steps.map((step) =>
      step.kind === 'command' ? { ...step, payload: () => ({ tripId: 7 }) } : step,
    );
    const { handlers } = tripParticipants();
    const broken = await started(new SagaTestRunner({ ...bad, steps }, { participants: handlers }));
    await expect(broken.advance('1s')).rejects.toThrow('the payload of flight.book breaks its contract: tripId');
  });

  it('refuses participants that do not fit the saga', () => {
    const { 'card.refund': _, ...others } = tripParticipants().handlers;
    expect(() => new SagaTestRunner(tripSaga(), { participants: others })).toThrow(
      'no participant executes card.refund',
    );
    const more = { ...tripParticipants().handlers, 'flight.bok': () => ({}) };
    expect(() => new SagaTestRunner(tripSaga(), { participants: more })).toThrow('no step sends flight.bok');
    expect(() => trip().fault('flight.bok', 'failed')).toThrow(
      'no step does flight.bok; what can go wrong are flight.book',
    );
  });

  it('starts one saga, with a valid input', async () => {
    const runner = trip();
    expect(() => runner.saga).toThrow('the saga has not been started');
    // @ts-expect-error: seats is missing
    await expect(trip().start({ tripId: 't' })).rejects.toEqual(code('INVALID_INPUT'));
    await started(runner);
    await expect(runner.start(tripInputOf('t'))).rejects.toThrow('make a new one');
  });
});

describe('time', () => {
  const patient = () =>
    new SagaTestRunner(
      defineSaga('patient', { version: 1, input: tripInput })
        .step('charge', card.charge, ({ input }) => ({ tripId: input.tripId, amount: 1 }), {
          timeoutMs: 30_000,
          retry: { maxAttempts: 'forever', initialDelayMs: 3_600_000, maxDelayMs: 3_600_000, jitter: 'none' },
        })
        .build(),
      { participants: { 'card.charge': () => ({ receipt: 'r' }) } },
    );

  it('passes only when the test says so, and then in no time', async () => {
    const runner = await started(patient().fault('card.charge', 'failed'));
    const begun = performance.now();
    await runner.advance('24h');
    expect(names(runner)).toHaveLength(24);
    await runner.advance('29d');
    expect(names(runner)).toHaveLength(30 * 24);
    runner.fault('card.charge', 'none');
    await runner.advance('1h');
    expect(runner.saga.status).toBe('COMPLETED');
    await runner.advance('3650d');
    expect(performance.now() - begun).toBeLessThan(1_500);
  });

  it('does not pass for ever: a saga that does not end is told of', async () => {
    const runner = await started(patient().fault('card.charge', 'failed'));
    await expect(runner.ended('2h')).rejects.toThrow('the saga does not end: it is RUNNING; charge is RUNNING');
    const parked = await started(trip().fault('hotel.book', { refusal: 'NO_ROOM' }).fault('flight.cancel', 'failed'));
    await expect(parked.ended()).rejects.toThrow('it is COMPENSATION_FAILED, because of NO_ROOM');
  });
});

describe('faults', () => {
  const attemptsOf = (runner: SagaTestRunner, name: string) => names(runner).filter((each) => each === name).length;

  it.each<[Fault, number]>([
    ['none', 1],
    ['commandLost', 2],
    ['commandTwice', 1],
    ['replyLost', 2],
    ['replyTwice', 1],
    ['failed', 2],
    ['doneButFailed', 2],
    ['connectionLost', 2],
    ['crashBeforeSend', 1],
    ['crashAfterSend', 2],
    ['crashBeforeReply', 2],
    ['crashAfterReply', 2],
    [{ commandAfterMs: 6_000 }, 2],
    [{ replyAfterMs: 6_000 }, 2],
  ])('%j of the first sending: the saga completes all the same', async (fault, times) => {
    const participants = tripParticipants();
    const runner = await started(trip(participants).fault('hotel.book', fault, 1));
    const saga = await runner.ended();
    await runner.advance('1h');
    expect(saga.status).toBe('COMPLETED');
    participants.invariants?.(saga);
    expect(attemptsOf(runner, 'hotel.book')).toBe(times);
  });

  it('refuse in the name of a participant, and can be taken back', async () => {
    const runner = await started(trip().fault('card.charge', { refusal: 'DECLINED' }).fault('hotel.cancel', 'failed'));
    await expect(runner.ended()).rejects.toThrow('COMPENSATION_FAILED');
    runner.fault('hotel.cancel', 'none');
    await runner.retry();
    expect(await runner.ended()).toMatchObject({ status: 'COMPENSATED', failure: { code: 'DECLINED' } });
  });

  it('the last one said of a sending counts', async () => {
    const runner = await started(trip().fault('hotel.book', 'failed', 1).fault('hotel.book', { refusal: 'NO_ROOM' }));
    expect(await runner.ended()).toMatchObject({ status: 'COMPENSATED' });
    expect(attemptsOf(runner, 'hotel.book')).toBe(1);
  });
});

describe('people and processes', () => {
  const slow = { replyAfterMs: 1_000 };

  it('cancel, and take back at once', async () => {
    const cancelled = await started(trip().fault('hotel.book', slow));
    await cancelled.advance(100);
    expect(await cancelled.cancel('changed my mind')).toMatchObject({ failure: { code: 'CANCELLED' } });
    expect(statuses(await cancelled.ended())).toEqual(['COMPENSATED', 'COMPENSATED', 'PENDING', 'PENDING']);
    await expect(cancelled.cancel()).rejects.toEqual(code('NOT_APPLICABLE'));
    const atOnce = await started(trip().fault('hotel.book', slow));
    await atOnce.advance(100);
    expect((await atOnce.compensate()).status).toBe('COMPENSATING');
    expect((await atOnce.ended()).status).toBe('COMPENSATED');
  });

  it('pause, resume, skip', async () => {
    const runner = await started();
    await runner.pause();
    await runner.advance('30d');
    expect(runner.saga.status).toBe('PAUSED');
    expect(names(runner)).toEqual(['flight.book']);
    await runner.skip('bookHotel', 'they stay with friends');
    await runner.resume();
    expect((await runner.ended()).status).toBe('COMPLETED');
    expect(names(runner)).toEqual(FORWARD.filter((name) => name !== 'hotel.book'));
  });

  it('die and take over: those of the same name at once, those of another when the saga is overdue', async () => {
    for (const then of ['restart', 'takeover'] as const) {
      const runner = await started(trip().fault('hotel.book', 'replyLost', 1));
      await runner.advance(100);
      await runner.crash(then);
      expect(names(runner).at(-1)).toBe('hotel.book');
      expect(names(runner)).toHaveLength(then === 'restart' ? 3 : 2);
      expect((await runner.ended()).status).toBe('COMPLETED');
    }
  });
});

describe('every kind of step', () => {
  const approved = { name: 'approved', payload: z.object({ by: z.string() }) };
  const rejected = { name: 'rejected', payload: z.object({}) };

  function holiday() {
    const done: string[] = [];
    const definition = defineSaga('holiday', { version: 1, input: tripInput })
      .parallel((both) =>
        both
          .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: input.seats }))
          .compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }))
          .local('packBags', ({ refuse, input }) => (input.seats > 9 ? refuse('TOO_MANY') : done.push('packed')), {
            refusals: ['TOO_MANY'],
          })
          .compensateLocal(() => void done.push('unpacked')),
      )
      .waitFor('approval', approved, { refusedBy: [rejected], timeoutMs: 7 * 86_400_000 })
      .local('leave', ({ replies }) => `thanks to ${replies.approval.by}`)
      .build();
    const participants = {
      ...handler(flight.book, () => ({ flightId: 'LH 1', price: 1 })),
      ...handler(flight.cancel, () => ({})),
    };
    return { runner: new SagaTestRunner(definition, { participants }), done };
  }

  it('runs: parallel steps, functions, events that come days later', async () => {
    const { runner, done } = holiday();
    await started(runner);
    expect((await runner.advance('6d')).status).toBe('WAITING');
    await runner.signal(approved, { by: 'ada' }, 'e-1');
    expect(await runner.ended()).toMatchObject({ status: 'COMPLETED', steps: { leave: { reply: 'thanks to ada' } } });
    expect(done).toEqual(['packed']);
    await expect(runner.signal(rejected, {})).rejects.toEqual(code('NOT_APPLICABLE'));
  });

  it('goes back: when an event says no, when it does not come, when a function refuses', async () => {
    const said = holiday();
    await started(said.runner);
    await said.runner.signal(rejected, {});
    expect(await said.runner.ended()).toMatchObject({ status: 'COMPENSATED', failure: { code: 'rejected' } });
    expect(said.done).toEqual(['packed', 'unpacked']);
    const silent = holiday();
    await started(silent.runner);
    expect(await silent.runner.ended()).toMatchObject({ failure: { code: 'EVENT_TIMEOUT' } });
    const many = holiday();
    await many.runner.start({ tripId: 't', seats: 10 });
    expect(await many.runner.ended()).toMatchObject({ failure: { code: 'TOO_MANY' } });
    expect(many.done).toEqual([]);
  });

  it.each<[Fault, string[]]>([
    ['failed', ['packed']],
    ['commandLost', ['packed']],
    ['replyLost', ['packed', 'packed']],
    ['connectionLost', ['packed']],
    ['crashBeforeSend', ['packed']],
    ['crashBeforeReply', ['packed', 'packed']],
  ])('%s of a function: it is called again', async (fault, packed) => {
    const { runner, done } = holiday();
    await started(runner.fault('packBags', fault, 1));
    await runner.advance('1m');
    expect(runner.saga.status).toBe('WAITING');
    expect(done).toEqual(packed);
  });

  it('goes wrong where a function takes back', async () => {
    const { runner, done } = holiday();
    await started(runner.fault('take back packBags', 'failed', 1));
    await runner.signal(rejected, {});
    expect((await runner.ended()).status).toBe('COMPENSATED');
    expect(done).toEqual(['packed', 'unpacked']);
  });

  it('begins when it is time', async () => {
    const { runner } = holiday();
    await runner.start(tripInputOf('t'), { startsAt: runner.now + 86_400_000 });
    await runner.advance('23h');
    expect(runner.sent).toEqual([]);
    await runner.advance('2h');
    expect(names(runner)).toEqual(['flight.book']);
  });
});
