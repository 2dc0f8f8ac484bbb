import { describe, expect, it } from 'vitest';
import { conversation } from '../testing/conversation.js';
import { card, flight, hotel, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import type { CompensationOptions } from './options.js';

const booked = { flightId: 'LH 1', price: 100 };
const trip = (options: CompensationOptions<{ tripId: string; seats: number }>) =>
  defineSaga('trip', { version: 1, input: tripInput })
    .step('bookFlight', flight.book, () => ({ tripId: 't', seats: 1 }))
    .compensate(flight.cancel, ({ failure }) => ({ tripId: 't', why: failure.code }))
    .step('bookHotel', hotel.book, () => ({ tripId: 't', beds: 1 }), { retry: { maxAttempts: 3, jitter: 'none' } })
    .compensate(hotel.cancel, ({ input }) => ({ tripId: input.tripId }), options)
    .step('chargeCard', card.charge, () => ({ tripId: 't', amount: 1 }))
    .build();
const toHotel = (options: CompensationOptions<{ tripId: string; seats: number }>) =>
  conversation(trip(options), tripInputOf('t')).expect(flight.book).reply(booked).expect(hotel.book);

describe('an immediate compensation', () => {
  const immediate = { strategy: 'immediate', retry: { maxAttempts: 2, jitter: 'none' } } as const;

  it('takes a failed attempt back before the next one', () => {
    const talk = toHotel(immediate).fail();
    expect(talk.saga).toMatchObject({ status: 'RUNNING', steps: { bookHotel: { status: 'COMPENSATING' } } });
    expect('failure' in talk.saga).toBe(false);
    talk
      .expect(hotel.cancel)
      .reply({})
      .expect(hotel.book)
      .reply({ room: '1' })
      .expect(card.charge)
      .reply({ receipt: '' })
      .ends('COMPLETED');
  });

  it('is sent again for each failed attempt, each time with another id', () => {
    const talk = toHotel(immediate)
      .fail()
      .expect(hotel.cancel)
      .reply({})
      .expect(hotel.book)
      .timeOut()
      .expect(hotel.cancel)
      .reply({});
    talk.expect(hotel.book).fail().expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED');
    const sent = talk.logs.filter(({ event, step }) => event === 'COMPENSATION_STARTED' && step === 'bookHotel');
    expect(sent.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('is told why that attempt failed', () => {
    const told: string[] = [];
    const saga = defineSaga('told', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, () => ({ tripId: 't', seats: 1 }))
      .compensate(
        flight.cancel,
        ({ failure }) => ({ tripId: 't', why: told[told.push(failure.code) - 1] ?? '' }),
        immediate,
      )
      .build();
    conversation(saga, tripInputOf('t'))
      .expect(flight.book)
      .fail('DOWN')
      .expect(flight.cancel, { tripId: 't', why: 'DOWN' });
    expect(told).toEqual(['DOWN']);
  });

  it('that cannot be done parks the saga, which goes back once a person has seen to it', () => {
    const parked = toHotel(immediate).fail('DOWN').expect(hotel.cancel).failForGood();
    parked.parks('DOWN');
    parked.retry().expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED', 'DOWN');
  });

  it('ends the step if the saga was cancelled meanwhile', () => {
    const talk = toHotel(immediate).fail().expect(hotel.cancel).cancel().reply({});
    expect(talk.saga.steps.bookHotel?.status).toBe('COMPENSATED');
    talk.expect(flight.cancel).reply({}).ends('COMPENSATED', 'CANCELLED');
  });

  it('is sent again by the process that takes over, and the step goes on after it', () => {
    toHotel(immediate)
      .fail()
      .expect(hotel.cancel)
      .crash()
      .expect(hotel.cancel)
      .reply({})
      .expect(hotel.book)
      .reply({ room: '1' });
  });

  it('is not sent after a refusal, which did nothing', () => {
    toHotel(immediate).refuse('NO_ROOM').expect(flight.cancel).reply({}).ends('COMPENSATED');
  });

  it('takes back each of two attempts that time out at the same moment', () => {
    const saga = defineSaga('both', { version: 1, input: tripInput })
      .parallel((group) =>
        group
          .step('bookFlight', flight.book, () => ({ tripId: 't', seats: 1 }))
          .compensate(flight.cancel, () => ({ tripId: 't', why: '' }), immediate)
          .step('bookHotel', hotel.book, () => ({ tripId: 't', beds: 1 }))
          .compensate(hotel.cancel, () => ({ tripId: 't' }), immediate),
      )
      .build();
    const talk = conversation(saga, tripInputOf('t')).wait(5_000);
    expect(talk.saga.steps).toMatchObject({
      bookFlight: { status: 'COMPENSATING' },
      bookHotel: { status: 'COMPENSATING' },
    });
  });
});

describe('a conditional compensation', () => {
  const declined = (when: () => boolean) =>
    toHotel({ when }).reply({ room: '1' }).expect(card.charge).refuse('DECLINED');

  it('is left out if its condition does not hold, and the journal says so', () => {
    const talk = declined(() => false);
    expect(talk.logs.map(({ event }) => event)).toContain('COMPENSATION_SKIPPED');
    talk.expect(flight.cancel).reply({}).ends('COMPENSATED', 'DECLINED');
    expect(talk.saga.steps.bookHotel).toMatchObject({ status: 'COMPLETED', kept: true });
  });

  it('is done if its condition holds', () => {
    declined(() => true)
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel);
  });

  it('whose condition throws waits for a person, who has it done', () => {
    const talk = declined(() => {
      throw new Error('oops');
    });
    talk.parks('DECLINED');
    talk.retry().expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED');
  });
});
