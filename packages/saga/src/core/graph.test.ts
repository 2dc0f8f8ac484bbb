import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversation } from '../testing/conversation.js';
import { card, flight, hotel, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import { problemsOf } from './definition-problems.js';

const saga = () => defineSaga('trip', { version: 1, input: tripInput });
const of = ({ input }: { input: { tripId: string } }) => ({ tripId: input.tripId });
const seats = () => ({ tripId: 't', seats: 1 });
const beds = () => ({ tripId: 't', beds: 1 });
const amount = () => ({ tripId: 't', amount: 1 });
const approved = { name: 'approved', payload: z.object({ by: z.string() }) };
const rejected = { name: 'rejected', payload: z.object({}) };

/** Flight and hotel at the same time, then the card. */
const twoAtOnce = saga()
  .parallel((group) =>
    group
      .step('bookFlight', flight.book, seats)
      .compensate(flight.cancel, ({ failure }) => ({ tripId: 't', why: failure.code }))
      .step('bookHotel', hotel.book, beds)
      .compensate(hotel.cancel, of),
  )
  .step('chargeCard', card.charge, ({ replies }) => ({ tripId: 't', amount: replies.bookFlight.price }))
  .compensate(card.refund, of)
  .build();
const both = () => conversation(twoAtOnce, tripInputOf('t'));
const booked = { flightId: 'LH 1', price: 100 };

describe('steps of a parallel group', () => {
  it('are sent at once, and the next step waits for all of them', () => {
    const talk = both().expect(hotel.book).reply({ room: '1' });
    expect(talk.saga.steps.chargeCard).toEqual({ status: 'PENDING' });
    talk
      .expect(flight.book)
      .reply(booked)
      .expect(card.charge, { tripId: 't', amount: 100 })
      .reply({ receipt: 'r' })
      .ends('COMPLETED');
  });

  it('are taken back in reverse order of completion', () => {
    both()
      .expect(hotel.book)
      .reply({ room: '1' })
      .expect(flight.book)
      .reply(booked)
      .expect(card.charge)
      .refuse('DECLINED')
      .expect(flight.cancel)
      .reply({})
      .expect(hotel.cancel)
      .reply({})
      .ends('COMPENSATED', 'DECLINED');
  });

  it('await each other: a refusal of one takes the other back only when its outcome is known', () => {
    const refused = both().expect(hotel.book).refuse('NO_ROOM');
    expect(refused.saga).toMatchObject({ status: 'RUNNING', failure: { code: 'NO_ROOM' } });
    refused
      .expect(flight.book)
      .reply(booked)
      .expect(flight.cancel, { tripId: 't', why: 'NO_ROOM' })
      .reply({})
      .ends('COMPENSATED');
  });

  it('may be refused both: then the first refusal is the failure, and nothing is taken back', () => {
    both().expect(flight.book).refuse('SOLD_OUT').expect(hotel.book).refuse('NO_ROOM').ends('COMPENSATED', 'SOLD_OUT');
  });

  it('give up their next attempt once a sibling is refused, and count as unknown', () => {
    both()
      .expect(flight.book)
      .fail()
      .expect(hotel.book)
      .refuse('NO_ROOM')
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'NO_ROOM');
  });

  it('do not see the replies of their siblings', () => {
    saga().parallel((group) =>
      group.step('bookFlight', flight.book, seats).step('chargeCard', card.charge, ({ replies }) => ({
        tripId: 't',
        // @ts-expect-error: the flight may not have been booked yet
        amount: replies.bookFlight.price,
      })),
    );
  });
});

describe('a graph of steps', () => {
  /** The hotel waits for nobody; the card only for the flight. */
  const graph = saga()
    .step('bookFlight', flight.book, seats)
    .compensate(flight.cancel, () => ({ tripId: 't', why: '' }))
    .step('bookHotel', hotel.book, beds, { dependsOn: [] })
    .compensate(hotel.cancel, of)
    .step('chargeCard', card.charge, ({ replies }) => ({ tripId: 't', amount: replies.bookFlight.price }), {
      dependsOn: ['bookFlight'],
    })
    .compensate(card.refund, of)
    .step(
      'upgrade',
      hotel.book,
      ({ replies }) => ({ tripId: replies.chargeCard.receipt, beds: Number(replies.bookHotel.room) }),
      {
        dependsOn: ['chargeCard', 'bookHotel'],
      },
    )
    .build();

  it('starts each step as soon as those that it depends on are done', () => {
    conversation(graph, tripInputOf('t'))
      .expect(flight.book)
      .reply(booked)
      .expect(card.charge)
      .reply({ receipt: 'r' })
      .expect(hotel.book, { tripId: 't', beds: 1 })
      .reply({ room: '7' })
      .expect(hotel.book, { tripId: 'r', beds: 7 })
      .reply({ room: '7' })
      .ends('COMPLETED');
  });

  it('gives a step the replies of those that are certain to have run before it, and no other', () => {
    saga()
      .step('bookFlight', flight.book, seats)
      .step('bookHotel', hotel.book, beds, { dependsOn: [] })
      .step('chargeCard', card.charge, ({ replies }) => ({
        tripId: replies.bookHotel.room,
        // @ts-expect-error: it depends on the hotel only
        amount: replies.bookFlight.price,
      }));
    const seen: string[][] = [];
    const look = ({ replies }: { replies: object }) => {
      seen.push(Object.keys(replies));
      return amount();
    };
    const looking = saga()
      .step('bookFlight', flight.book, seats)
      .step('bookHotel', hotel.book, beds, { dependsOn: [] })
      .step('chargeCard', card.charge, look)
      .build();
    conversation(looking, tripInputOf('t')).expect(flight.book).reply(booked).expect(hotel.book).reply({ room: '1' });
    expect(seen).toEqual([['bookHotel']]);
  });

  it('does not start what comes after a step skipped ahead of time, as long as a step before that one is under way', () => {
    const line = saga()
      .step('one', flight.book, seats)
      .step('two', hotel.book, beds)
      .step('three', card.charge, amount)
      .build();
    const talk = conversation(line, tripInputOf('t')).skip('two');
    expect(talk.saga.steps.three).toEqual({ status: 'PENDING' });
    talk.expect(flight.book).reply(booked).expect(card.charge);
  });

  it('knows only names of steps written before', () => {
    const unknown = () =>
      saga()
        .step('bookFlight', flight.book, seats)
        // @ts-expect-error: there is no such step
        .step('bookHotel', hotel.book, beds, { dependsOn: ['bookCar'] })
        .build();
    expect(unknown).toThrow('step bookHotel depends on bookCar, which is no step; its steps are bookFlight, bookHotel');
  });

  it('is refused if steps wait for each other', () => {
    const step = (name: string, ...dependsOn: string[]) =>
      ({ ...twoAtOnce.steps[0], name, dependsOn }) as unknown as StepDefinition;
    const head = twoAtOnce as Omit<SagaDefinition, 'steps'>;
    expect(problemsOf(head, [step('a'), step('b', 'a', 'd'), step('c', 'b'), step('d', 'c')])).toEqual([
      'b depends on d depends on c depends on b: none of them could ever start; take one of these away',
    ]);
    expect(problemsOf(head, [step('a', 'a')])).toEqual([
      'a depends on a: none of them could ever start; take one of these away',
    ]);
  });
});

describe('the order of compensation', () => {
  const line = () =>
    saga()
      .step('bookFlight', flight.book, seats)
      .compensate(flight.cancel, () => ({ tripId: 't', why: '' }))
      .step('bookHotel', hotel.book, beds)
      .compensate(hotel.cancel, of)
      .step('chargeCard', card.charge, amount);

  it('may be declared', () => {
    const ordered = line().build({ compensationOrder: ['bookFlight', 'bookHotel'] });
    conversation(ordered, tripInputOf('t'))
      .expect(flight.book)
      .reply(booked)
      .expect(hotel.book)
      .reply({ room: '1' })
      .expect(card.charge)
      .refuse('DECLINED')
      .expect(flight.cancel)
      .reply({})
      .expect(hotel.cancel)
      .reply({})
      .ends('COMPENSATED');
  });

  it('must name every step that has a compensation, once, and no other', () => {
    expect(() => line().build({ compensationOrder: ['bookHotel'] })).toThrow('compensationOrder leaves out bookFlight');
    expect(() => line().build({ compensationOrder: ['bookHotel', 'bookHotel', 'bookFlight'] })).toThrow(
      'names a step twice',
    );
    expect(() => line().build({ compensationOrder: ['bookFlight', 'bookHotel', 'chargeCard'] })).toThrow(
      'names chargeCard, which is no step with a compensation',
    );
    // @ts-expect-error: there is no such step
    expect(() => line().build({ compensationOrder: ['bookFlight', 'bookHotel', 'bookCar'] })).toThrow('names bookCar');
  });
});

describe('what runs beside or after a pivot', () => {
  const pivot = () => saga().step('cancelHotel', hotel.cancel, of, { pivot: true });

  it('must not be able to fail', () => {
    expect(() => pivot().step('cancelCard', card.refund, of).build()).toThrow(
      `step cancelCard may still fail after the pivot cancelHotel has begun: give it retry: 'forever'`,
    );
    expect(() => pivot().step('bookHotel', hotel.book, beds, { retry: 'forever' }).build()).toThrow(
      'it may with NO_ROOM',
    );
    expect(() => pivot().waitFor('approval', approved, { timeoutMs: 1_000 }).build()).toThrow(`onTimeout: 'continue'`);
    expect(() =>
      pivot()
        .waitFor('approval', approved, { refusedBy: [rejected] })
        .build(),
    ).toThrow('take its refusedBy away');
  });

  it('may be anything that is done in the end', () => {
    pivot()
      .step('cancelCard', card.refund, of, { retry: 'forever' })
      .waitFor('approval', approved, { timeoutMs: 1_000, onTimeout: 'continue' })
      .local('tell', () => 'told', { retry: 'forever' })
      .build();
  });
});

describe('a condition', () => {
  const conditional = saga()
    .step('bookFlight', flight.book, seats)
    .compensate(flight.cancel, () => ({ tripId: 't', why: '' }))
    .step('bookHotel', hotel.book, beds, { when: ({ replies }) => replies.bookFlight.price < 100 })
    .step('chargeCard', card.charge, ({ replies }) => ({ tripId: replies.bookHotel?.room ?? 'no room', amount: 1 }))
    .build();
  const priced = (price: number) =>
    conversation(conditional, tripInputOf('t')).expect(flight.book).reply({ flightId: '', price });

  it('that holds lets the step run', () => {
    priced(99).expect(hotel.book).reply({ room: '7' }).expect(card.charge, { tripId: '7', amount: 1 });
  });

  it('that does not hold skips the step, and says so', () => {
    const talk = priced(100);
    expect(talk.saga.steps.bookHotel).toEqual({ status: 'SKIPPED', reason: 'not needed, says its condition' });
    talk.expect(card.charge, { tripId: 'no room', amount: 1 });
  });

  it('makes the reply uncertain', () => {
    saga()
      .step('bookHotel', hotel.book, beds, { when: () => true })
      // @ts-expect-error: there may be no reply
      .step('chargeCard', card.charge, ({ replies }) => ({ tripId: replies.bookHotel.room, amount: 1 }));
  });

  it('that throws refuses the step: the saga fails, and takes back what was before', () => {
    const throwing = saga()
      .step('bookFlight', flight.book, seats)
      .compensate(flight.cancel, ({ failure }) => ({ tripId: 't', why: failure.code }))
      .step('bookHotel', hotel.book, beds, {
        when: () => {
          throw new Error('oops');
        },
      })
      .build();
    const talk = conversation(throwing, tripInputOf('t')).expect(flight.book).reply(booked);
    expect(talk.saga).toMatchObject({ failure: { message: 'the condition of bookHotel threw: Error: oops' } });
    talk.expect(flight.cancel, { tripId: 't', why: 'DEFINITION_ERROR' }).reply({}).ends('COMPENSATED');
  });
});
