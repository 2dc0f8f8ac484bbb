import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversation } from '../testing/conversation.js';
import { card, flight, hotel, tripInput, tripInputOf, tripSaga } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';

const begin = () => defineSaga('types', { version: 1, input: tripInput });
const withFlight = () =>
  begin().step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: input.seats }));

// What the compiler refuses. Each directive fails the type check of the tests if the line below it compiles.
describe('the types of a definition', () => {
  it('give a step the replies of the steps before it, and of no other', () => {
    withFlight().step('chargeCard', card.charge, ({ input, replies }) => ({
      tripId: input.tripId,
      amount: replies.bookFlight.price,
    }));
    withFlight().step('chargeCard', card.charge, ({ input, replies }) => ({
      tripId: input.tripId,
      // @ts-expect-error: bookHotel is no step of it
      amount: replies.bookHotel.price,
    }));
    begin().step('bookFlight', flight.book, ({ input, replies }) => ({
      tripId: input.tripId,
      // @ts-expect-error: a step has no reply of its own, nor of those after it
      seats: replies.bookFlight.seats,
    }));
  });

  it('know the type of each reply from its contract', () => {
    withFlight().step('chargeCard', card.charge, ({ input, replies }) => ({
      tripId: input.tripId,
      // @ts-expect-error: flightId is a string
      amount: replies.bookFlight.flightId,
    }));
    withFlight().step('chargeCard', card.charge, ({ input, replies }) => ({
      tripId: input.tripId,
      // @ts-expect-error: the contract declares no such property
      amount: replies.bookFlight.cost,
    }));
  });

  it('know the type of the input', () => {
    begin().step('bookFlight', flight.book, ({ input }) => ({
      tripId: input.tripId,
      // @ts-expect-error: the input has no such property
      seats: input.chairs,
    }));
  });

  it('refuse a payload that the contract does not allow', () => {
    // @ts-expect-error: seats is a number
    begin().step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: 'two' }));
    // @ts-expect-error: seats is missing
    begin().step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId }));
    // @ts-expect-error: why is missing
    withFlight().compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId }));
  });

  it('give a compensation no replies, as its own may be the one that was lost', () => {
    withFlight().compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }));
    // @ts-expect-error: there are no replies
    withFlight().compensate(flight.cancel, ({ replies }) => ({ tripId: String(replies), why: '' }));
  });

  it('refuse a name that an earlier step has', () => {
    const twice = () =>
      withFlight()
        // @ts-expect-error: bookFlight is a step already
        .step('bookFlight', hotel.book, ({ input }: { input: { tripId: string } }) => ({
          tripId: input.tripId,
          beds: 1,
        }))
        .build();
    expect(twice).toThrow('two steps are named bookFlight');
  });

  it('let only a step be compensated, once', () => {
    const once = withFlight().compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId, why: '' }));
    // @ts-expect-error: it has its compensation
    expect(() => once.compensate(flight.cancel, () => ({ tripId: '', why: '' }))).toThrow();
    // @ts-expect-error: there is no step yet
    expect(() => begin().compensate(flight.cancel, () => ({ tripId: '', why: '' }))).toThrow();
  });

  it('tell what a schema accepts from what it gives', () => {
    const parse = {
      ...card.charge,
      payload: z.object({ amount: z.string().transform(Number) }),
      reply: z.object({ at: z.string().transform((text) => text.length) }),
    } as const;
    const saga = begin()
      .step('first', parse, () => ({ amount: '1' }))
      .step('second', parse, ({ replies }) => ({ amount: replies.first.at.toFixed() }))
      // @ts-expect-error: the participant reads a text, whatever it makes of it
      .step('third', parse, () => ({ amount: 1 }))
      .build();
    conversation(saga, tripInputOf('t'))
      .expect(parse, { amount: '1' })
      .reply({ at: 'noon' })
      .expect(parse, { amount: '4' });
  });
});

describe('the types of a conversation', () => {
  const trip = tripSaga();
  const toHotel = () =>
    conversation(trip, tripInputOf('t')).expect(flight.book).reply({ flightId: 'LH 1', price: 100 }).expect(hotel.book);

  it('refuse an input that the saga does not take', () => {
    // @ts-expect-error: seats is missing
    expect(() => conversation(trip, { tripId: 't' })).toThrow('seats');
  });

  it('take replies as the contract declares them', () => {
    // @ts-expect-error: room is a string
    expect(() => toHotel().reply({ room: 12 })).toThrow('room');
  });

  it('take no refusal that the contract does not declare', () => {
    toHotel().refuse('NO_ROOM').expect(flight.cancel).reply({}).ends('COMPENSATED');
    // @ts-expect-error: SOLD_OUT is a refusal of flights
    toHotel().refuse('SOLD_OUT');
    // @ts-expect-error: a cancelled flight cannot be refused at all
    toHotel().refuse('NO_ROOM').expect(flight.cancel).refuse('ANY');
  });

  it('take payloads as the contract declares them', () => {
    conversation(trip, tripInputOf('t')).expect(flight.book, { tripId: 't', seats: 2 });
    // @ts-expect-error: seats is a number
    expect(() => conversation(trip, tripInputOf('t')).expect(flight.book, { tripId: 't', seats: '2' })).toThrow();
    // @ts-expect-error: the payload has no such property
    conversation(trip, tripInputOf('t')).expect(flight.book, ({ chairs }) => expect(chairs).toBeUndefined());
  });

  it('know how a saga can end', () => {
    // @ts-expect-error: RUNNING is no end
    expect(() => toHotel().refuse('NO_ROOM').ends('RUNNING')).toThrow();
  });
});
