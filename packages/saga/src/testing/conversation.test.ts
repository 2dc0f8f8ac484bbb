import { describe, expect, it } from 'vitest';
import { fold } from '../core/evolve.js';
import { conversation } from './conversation.js';
import { card, flight, hotel, ticket, tripInputOf, tripSaga } from './trip.fixture.js';

const trip = tripSaga();
const booked = { flightId: 'LH 1', price: 100 };
const toHotel = () => conversation(trip, tripInputOf('t')).expect(flight.book).reply(booked);
const toCard = () => toHotel().expect(hotel.book).reply({ room: '12' });

describe('a conversation', () => {
  it('follows a saga to its end', () => {
    toCard().expect(card.charge).reply({ receipt: 'r' }).expect(ticket.issue).reply({ number: 'n' }).ends('COMPLETED');
  });

  it('follows a saga back', () => {
    toHotel().expect(hotel.book).refuse('NO_ROOM').expect(flight.cancel).reply({}).ends('COMPENSATED', 'NO_ROOM');
  });

  it('compares payloads, or shows them', () => {
    toCard().expect(card.charge, { tripId: 't', amount: 200 });
    toCard().expect(card.charge, (payload) => expect(payload.amount).toBeGreaterThan(0));
    expect(() => toCard().expect(card.charge, { tripId: 't', amount: 201 })).toThrow(
      /payload of card.charge.*\n.*so far/s,
    );
    const shown = () => toCard().expect(card.charge, ({ amount }) => expect(amount).toBe(1));
    expect(shown).toThrow('expected 200 to be 1');
  });

  it('lets time pass where the saga waits for its next attempt', () => {
    const done = toHotel()
      .expect(hotel.book)
      .fail()
      .expect(hotel.book)
      .timeOut()
      .expect(hotel.book)
      .loseConnection()
      .expect(hotel.book)
      .reply({ room: '1' });
    expect(done.logs.filter(({ event }) => event === 'STEP_RETRIED')).toHaveLength(3);
    expect(done.now - done.saga.createdAt).toBeGreaterThanOrEqual(5_000);
  });

  it.each(['failForGood', 'timeOutForGood'] as const)(
    '%s leaves the outcome unknown, so the step is taken back',
    (how) => {
      const unknown = toHotel().expect(hotel.book)[how]();
      unknown.expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED');
      expect(unknown.logs.filter(({ step, event }) => step === 'bookHotel' && event === 'STEP_RETRIED')).toHaveLength(
        3,
      );
    },
  );

  it('answers the latest sending, not one that a later one has replaced', () => {
    const issuing = toCard().expect(card.charge).reply({ receipt: 'r' }).expect(ticket.issue).wait(60_000).leave();
    issuing.expect(ticket.issue).reply({ number: 'n' }).ends('COMPLETED');
    const given = toHotel().expect(hotel.book).wait(60_000).leave();
    given.expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED', 'TIMEOUT');
  });

  it('says so when a command is never given up', () => {
    const issuing = toCard().expect(card.charge).reply({ receipt: 'r' }).expect(ticket.issue);
    expect(() => issuing.failForGood()).toThrow('ticket.issue is never given up');
  });

  it('cancels while a command is under way', () => {
    toHotel()
      .expect(hotel.book)
      .cancel('changed my mind')
      .reply({ room: '12' })
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel, { tripId: 't', why: 'CANCELLED' })
      .reply({})
      .ends('COMPENSATED', 'CANCELLED');
  });

  it('sends again after a crash', () => {
    toHotel().expect(hotel.book).crash().expect(hotel.book).reply({ room: '12' }).expect(card.charge);
  });

  it('parks, and goes on when a person says how', () => {
    const parked = () =>
      toCard().expect(card.charge).refuse('DECLINED').expect(hotel.cancel).refuse('TOO_LATE').parks('DECLINED');
    parked().retry().expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED');
    parked().skip('bookHotel').expect(flight.cancel).reply({}).ends('COMPENSATED');
    toCard().expect(card.charge).refuse('DECLINED').expect(hotel.cancel).failForGood().parks();
  });

  it('keeps a journal that folds to the saga', () => {
    const { logs, saga } = toHotel().expect(hotel.book).refuse('NO_ROOM');
    expect(fold(logs, saga.sagaId)).toEqual(saga);
  });
});

describe('a conversation fails, with what was said,', () => {
  it('when the saga sends another command', () => {
    expect(() => toHotel().expect(card.charge)).toThrow(
      /expected card.charge, but the saga sent hotel.book\nThe conversation so far:\n {2}the saga sends flight.book\n {2}flight.book: done/,
    );
  });

  it('when the saga ends otherwise', () => {
    const refused = conversation(trip, tripInputOf('t')).expect(flight.book).refuse('SOLD_OUT');
    expect(() => refused.ends('COMPLETED')).toThrow('expected the saga to be COMPLETED, but it is COMPENSATED');
    expect(() => refused.ends('COMPENSATED', 'NO_ROOM')).toThrow('to fail with NO_ROOM, but it failed with SOLD_OUT');
    expect(() => refused.expect(flight.book)).toThrow('expected flight.book, but the saga is COMPENSATED');
    expect(() => refused.parks()).toThrow('COMPENSATION_FAILED');
  });

  it('when the saga has more to say', () => {
    expect(() => toHotel().ends('COMPLETED')).toThrow('it is RUNNING, and sent hotel.book');
  });

  it('when the saga ignores what a person asks', () => {
    expect(() => toHotel().retry()).toThrow('the saga ignores it: nothing of the saga waits for another attempt');
  });

  it('when input, payload or reply break their contracts', () => {
    expect(() => conversation(trip, { tripId: 't', seats: Number.NaN })).toThrow('the input is not valid: seats');
    const bad = tripSaga();
    const steps = bad.steps.map((step) => ({ ...step, payload: () => ({ tripId: 7 }) }));
    expect(() => conversation({ ...bad, steps }, tripInputOf('t')).expect(flight.book)).toThrow(
      'the payload of flight.book breaks its contract: tripId',
    );
    const wrong = { flightId: 'LH 1', price: Number.NaN };
    expect(() => conversation(trip, tripInputOf('t')).expect(flight.book).reply(wrong)).toThrow(
      'the reply of flight.book breaks its contract: price',
    );
  });
});
