import { describe, expect, it } from 'vitest';
import { conversation } from '../testing/conversation.js';
import { card, flight, hotel, ticket, tripInput, tripInputOf, tripSaga } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import type { LogEntry } from './log.js';
import { begin, transition } from './transition.js';

const trip = tripSaga();
const input = tripInputOf('t');
const booked = { flightId: 'LH 1', price: 100 };
const toHotel = () => conversation(trip, input).expect(flight.book).reply(booked).expect(hotel.book);
const toCard = () => toHotel().reply({ room: '1' }).expect(card.charge);
const toTicket = () => toCard().reply({ receipt: 'r' }).expect(ticket.issue);
const events = (logs: readonly LogEntry[], step: string) =>
  logs.filter((log) => log.step === step).map((log) => log.event);

describe('rule 1: a refused step did nothing, and is not compensated; the ones before it are', () => {
  it('ends at once if it was the first', () => {
    conversation(trip, input).expect(flight.book).refuse('SOLD_OUT').ends('COMPENSATED', 'SOLD_OUT');
  });

  it('takes back the steps before it, the latest first, each told why', () => {
    toCard()
      .refuse('DECLINED')
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel, { tripId: 't', why: 'DECLINED' })
      .reply({})
      .ends('COMPENSATED', 'DECLINED');
  });

  it('keeps the code, the message and the details of the refusal', () => {
    const { saga } = toHotel().refuse('NO_ROOM', { beds: 2 });
    const failure = { code: 'NO_ROOM', message: 'refused by a test: NO_ROOM', step: 'bookHotel', details: { beds: 2 } };
    expect(saga).toMatchObject({ status: 'COMPENSATING', failure });
  });

  it('is not asked again', () => {
    const { logs } = toHotel().refuse('NO_ROOM');
    expect(events(logs, 'bookHotel')).toEqual(['STEP_STARTED', 'STEP_REFUSED']);
  });
});

describe('rule 2: a step whose outcome is unknown is compensated like a completed one', () => {
  it('when its attempts are exhausted by failures', () => {
    toHotel()
      .failForGood('DATABASE_UNAVAILABLE')
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel, { tripId: 't', why: 'DATABASE_UNAVAILABLE' })
      .reply({})
      .ends('COMPENSATED', 'DATABASE_UNAVAILABLE');
  });

  it('when its attempts are exhausted by silence', () => {
    toHotel()
      .timeOutForGood()
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'TIMEOUT');
  });

  it('when the saga times out', () => {
    conversation(tripSaga({ timeoutMs: 1_000 }), input)
      .expect(flight.book)
      .wait(1_000)
      .timeOut()
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'SAGA_TIMEOUT');
  });

  it('but not if it has no compensation: then nothing of it can be taken back', () => {
    const lookup = defineSaga('lookup', { version: 1, input: tripInput })
      .step('look', flight.book, () => input)
      .step('book', hotel.book, () => ({ tripId: 't', beds: 1 }))
      .build();
    conversation(lookup, input).expect(flight.book).reply(booked).expect(hotel.book).failForGood().ends('COMPENSATED');
  });
});

describe('rule 3: failures are retried with backoff, then the outcome is unknown', () => {
  it('sends a command 4 times in all, by default', () => {
    const { logs } = toHotel().failForGood();
    expect(
      events(logs, 'bookHotel').filter((event) => event === 'STEP_STARTED' || event === 'STEP_RETRIED'),
    ).toHaveLength(4);
    expect(events(logs, 'bookHotel').filter((event) => event === 'STEP_FAILED')).toHaveLength(4);
  });

  it.each([1, 2, 7])('sends it %i times in all if the definition says so', (maxAttempts) => {
    const { logs } = conversation(tripSaga({ retry: { maxAttempts } }), input)
      .expect(flight.book)
      .failForGood();
    expect(events(logs, 'bookFlight').filter((event) => event === 'STEP_FAILED')).toHaveLength(maxAttempts);
  });

  it('counts failures and timeouts alike', () => {
    const { logs } = toHotel()
      .fail()
      .expect(hotel.book)
      .timeOut()
      .expect(hotel.book)
      .fail()
      .expect(hotel.book)
      .timeOut()
      .expect(hotel.cancel)
      .leave();
    expect(events(logs, 'bookHotel').filter((event) => event === 'STEP_RETRIED')).toHaveLength(3);
  });

  it('waits longer each time, at most as long as the policy says', () => {
    const retry = { maxAttempts: 6, initialDelayMs: 100, factor: 3, maxDelayMs: 2_000, jitter: 'none' } as const;
    const { logs } = conversation(tripSaga({ retry }), input).expect(flight.book).failForGood();
    const waits = logs.flatMap((log) =>
      log.event === 'STEP_FAILED' && log.data.retryAt !== undefined ? [log.data.retryAt - log.at] : [],
    );
    expect(waits).toEqual([100, 300, 900, 2_000, 2_000]);
  });

  it('does not count a lost connection, however often', () => {
    const often = Array.from({ length: 20 });
    const talked = often.reduce<ReturnType<typeof toHotel>>(
      (hotelBook) => hotelBook.loseConnection().expect(hotel.book),
      toHotel(),
    );
    talked.reply({ room: '1' }).expect(card.charge);
  });

  it('counts a reply that breaks its contract as a failure', () => {
    const talk = toHotel().leave();
    const outcome = { outcome: 'done', data: { room: 12 } } as const;
    talk.happen({ kind: 'reply', step: 'bookHotel', phase: 'do', attempt: 1, outcome });
    expect(talk.logs.at(-1)).toMatchObject({
      event: 'STEP_FAILED',
      data: { failures: 1, error: { code: 'INVALID_REPLY', message: expect.stringContaining('room') } },
    });
    talk.expect(hotel.book).reply({ room: '1' }).expect(card.charge);
  });

  it('keeps only what the contract declares of a reply', () => {
    const { saga } = toHotel()
      .reply({ room: '1', extra: true } as { room: string })
      .expect(card.charge)
      .leave();
    expect(saga.steps.bookHotel).toMatchObject({ reply: { room: '1' } });
    expect(saga.steps.bookHotel).not.toMatchObject({ reply: { extra: true } });
  });

  it('gives up the waiting retry of a saga that is cancelled: nothing is under way to await', () => {
    toHotel()
      .fail()
      .cancel()
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'CANCELLED');
  });
});

describe('rule 4: compensations are retried harder, then the saga is parked for a person', () => {
  it('sends a compensation 10 times in all, by default', () => {
    const { logs } = toCard().refuse('DECLINED').expect(hotel.cancel).failForGood().parks('DECLINED');
    expect(events(logs, 'bookHotel').filter((event) => event === 'COMPENSATION_FAILED')).toHaveLength(10);
    expect(logs.at(-1)).toMatchObject({ event: 'COMPENSATION_FAILED', data: { failures: 10 } });
  });

  it('parks at once if it is refused: asking again would not help', () => {
    toCard().refuse('DECLINED').expect(hotel.cancel).refuse('TOO_LATE').parks('DECLINED');
  });

  it('waits for nothing once it is parked', () => {
    const { now, saga } = toCard().refuse('DECLINED').expect(hotel.cancel).refuse('TOO_LATE');
    expect(transition(trip, saga, { kind: 'due' }, now + 1e9)).toMatchObject({ dueAt: null, commands: [] });
  });

  it('does not go on to the earlier steps while it is parked', () => {
    const parked = toCard().refuse('DECLINED').expect(hotel.cancel).refuse('TOO_LATE');
    expect(parked.saga.steps.bookFlight?.status).toBe('COMPLETED');
  });

  it('begins its count of attempts anew when a person has it retried', () => {
    toCard()
      .refuse('DECLINED')
      .expect(hotel.cancel)
      .failForGood()
      .retry()
      .expect(hotel.cancel)
      .fail()
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED');
  });

  it('goes on with the earlier steps when a person skips it, and says who and why', () => {
    const parked = toCard().refuse('DECLINED').expect(hotel.cancel).failForGood();
    const ended = parked.skip('bookHotel', 'called them').expect(flight.cancel).reply({}).ends('COMPENSATED');
    expect(ended.saga.steps.bookHotel).toMatchObject({ status: 'SKIPPED', reason: 'called them' });
    expect(events(ended.logs, 'bookHotel')).toContain('STEP_SKIPPED_BY_OPERATOR');
  });
});

describe('rule 5: cancelling awaits the current step, then compensates, and cannot itself be cancelled', () => {
  it('compensates what the current step turns out to have done', () => {
    toHotel()
      .cancel('bored')
      .reply({ room: '1' })
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'CANCELLED');
  });

  it('does not compensate a current step that turns out to be refused', () => {
    toHotel().cancel().refuse('NO_ROOM').expect(flight.cancel).reply({}).ends('COMPENSATED', 'CANCELLED');
  });

  it('takes the current step for unknown at its first failure', () => {
    toHotel()
      .cancel()
      .fail()
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'CANCELLED');
  });

  it('takes the current step for unknown when it is not answered in time', () => {
    toHotel()
      .cancel()
      .timeOut()
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'CANCELLED');
  });

  it('awaits the current step across a crash', () => {
    toHotel()
      .cancel()
      .crash()
      .expect(hotel.book)
      .reply({ room: '1' })
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel);
  });

  it('is ignored once the saga goes back, and once the pivot has begun', () => {
    expect(() => toHotel().refuse('NO_ROOM').cancel()).toThrow('the saga is COMPENSATING');
    expect(() => toHotel().cancel().cancel()).toThrow('failing already');
    expect(() => toTicket().cancel()).toThrow('past its point of no return');
  });
});

describe('the pivot', () => {
  it('is sent until it is answered', () => {
    let issue = toTicket();
    for (let times = 0; times < 40; times++) issue = (times % 2 ? issue.fail() : issue.timeOut()).expect(ticket.issue);
    issue.reply({ number: '1' }).ends('COMPLETED');
  });

  it('leads back only if it is refused', () => {
    toTicket()
      .refuse('CLOSED')
      .expect(card.refund)
      .reply({})
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'CLOSED');
  });

  it('is not touched by the timeout of the saga', () => {
    conversation(tripSaga({ timeoutMs: 30_000 }), input)
      .expect(flight.book)
      .reply(booked)
      .expect(hotel.book)
      .reply({ room: '1' })
      .expect(card.charge)
      .reply({ receipt: 'r' })
      .expect(ticket.issue)
      .timeOut()
      .wait(60_000)
      .expect(ticket.issue);
  });

  it('is not begun once the saga is cancelled', () => {
    toCard().cancel().reply({ receipt: 'r' }).expect(card.refund);
  });
});

describe('the timeout of the saga', () => {
  const quick = tripSaga({ timeoutMs: 3_000 });

  it('is part of the due time', () => {
    const first = begin(quick, { sagaId: 's', businessKey: 'b', input }, 1_000);
    expect(first.dueAt).toBe(4_000);
  });

  it('gives up a retry that waits', () => {
    const talk = conversation(quick, input).expect(flight.book).wait(2_900).fail().wait(100);
    talk.expect(flight.cancel).reply({}).ends('COMPENSATED', 'SAGA_TIMEOUT');
  });

  it('takes back what an answer that came too late for it had begun', () => {
    const talk = conversation(quick, input).expect(flight.book).leave();
    const outcome = { outcome: 'done', data: booked } as const;
    const late = transition(
      quick,
      talk.saga,
      { kind: 'reply', step: 'bookFlight', phase: 'do', attempt: 1, outcome },
      talk.now + 3_500,
    );
    const next = transition(quick, late.saga, { kind: 'due' }, talk.now + 3_501);
    expect(next.commands.map(({ name }) => name)).toEqual(['hotel.cancel']);
  });

  it('does not hurry a saga that goes back', () => {
    const back = conversation(quick, input).expect(flight.book).reply(booked).expect(hotel.book).refuse('NO_ROOM');
    back
      .expect(flight.cancel)
      .timeOut()
      .expect(flight.cancel)
      .timeOut()
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'NO_ROOM');
  });
});

describe('a payload function that throws', () => {
  const broken = (error: unknown) =>
    defineSaga('broken', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, () => input)
      .compensate(flight.cancel, () => ({ tripId: 't', why: '' }))
      .step('bookHotel', hotel.book, () => {
        throw error;
      })
      .build();

  it.each([new Error('no beds'), 'a text', undefined, null, Object.create(null)])(
    'fails its step for good: %o',
    (error) => {
      conversation(broken(error), input)
        .expect(flight.book)
        .reply(booked)
        .expect(flight.cancel)
        .reply({})
        .ends('COMPENSATED', 'DEFINITION_ERROR');
    },
  );

  it('parks the saga if it is a compensation', () => {
    const definition = defineSaga('broken', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, () => input)
      .compensate(flight.cancel, () => {
        throw new Error('no reason');
      })
      .step('bookHotel', hotel.book, () => ({ tripId: 't', beds: 1 }))
      .build();
    const parked = conversation(definition, input)
      .expect(flight.book)
      .reply(booked)
      .expect(hotel.book)
      .refuse('NO_ROOM');
    parked.parks('NO_ROOM').skip('bookFlight').ends('COMPENSATED', 'NO_ROOM');
  });
});

describe('a schema that throws', () => {
  it('fails the attempt: the transition is total', () => {
    const throwing = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('a bug in the schema');
        },
      },
    } as const;
    const definition = defineSaga('broken', { version: 1, input: tripInput })
      .step('bookFlight', { ...flight.book, reply: throwing }, () => input)
      .build();
    const talk = conversation(definition, input)
      .expect({ ...flight.book, reply: throwing })
      .leave();
    talk.happen({ kind: 'reply', step: 'bookFlight', phase: 'do', attempt: 1, outcome: { outcome: 'done', data: {} } });
    expect(talk.logs.at(-1)).toMatchObject({ event: 'STEP_FAILED', data: { error: { code: 'INVALID_REPLY' } } });
  });
});

describe('rule 6: every happening that changed the saga is in the journal', () => {
  it('numbers entries from 1, without gaps', () => {
    const { logs } = toCard().refuse('DECLINED').expect(hotel.cancel).reply({}).expect(flight.cancel).reply({});
    expect(logs.map(({ seq }) => seq)).toEqual(logs.map((_, index) => index + 1));
  });

  it('gives each sending of a command another id', () => {
    const first = begin(trip, { sagaId: 's', businessKey: 'b', input }, 0);
    const again = transition(trip, first.saga, { kind: 'recovered' }, 1);
    expect([...first.commands, ...again.commands].map(({ id }) => id)).toEqual([
      's:bookFlight:do:1',
      's:bookFlight:do:2',
    ]);
  });

  it('hands the trace context on with each command', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const first = begin(trip, { sagaId: 's', businessKey: 'b', input, traceparent }, 0);
    expect(first.commands).toMatchObject([{ traceparent }]);
    expect(first.saga).toMatchObject({ traceparent });
  });

  it('is pure: the saga that it is given stays as it was', () => {
    const first = begin(trip, { sagaId: 's', businessKey: 'b', input }, 0);
    const before = structuredClone(first.saga);
    transition(trip, first.saga, { kind: 'due' }, 5_000);
    transition(trip, first.saga, { kind: 'cancelRequested', reason: 'r' }, 5_000);
    expect(first.saga).toEqual(before);
  });
});
