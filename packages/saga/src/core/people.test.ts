import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversation } from '../testing/conversation.js';
import { card, flight, hotel, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import { restart } from './restart.js';

const booked = { flightId: 'LH 1', price: 100 };
const approved = { name: 'approved', payload: z.object({}) };
const trip = (timeoutMs?: number) =>
  defineSaga('trip', { version: 1, input: tripInput, ...(timeoutMs !== undefined && { timeoutMs }) })
    .step('bookFlight', flight.book, () => ({ tripId: 't', seats: 1 }))
    .compensate(flight.cancel, () => ({ tripId: 't', why: '' }))
    .step('bookHotel', hotel.book, () => ({ tripId: 't', beds: 1 }))
    .compensate(hotel.cancel, () => ({ tripId: 't' }))
    .step('chargeCard', card.charge, ({ replies }) => ({
      tripId: replies.bookHotel.room,
      amount: replies.bookFlight.price,
    }))
    .build();
const start = (timeoutMs?: number) => conversation(trip(timeoutMs), tripInputOf('t'));
const toHotel = (timeoutMs?: number) => start(timeoutMs).expect(flight.book).reply(booked).expect(hotel.book);

describe('who and why', () => {
  it.each([
    ['cancelRequested', 'SAGA_CANCEL_REQUESTED'],
    ['compensate', 'SAGA_CANCEL_REQUESTED'],
    ['pause', 'SAGA_PAUSED'],
    ['skip', 'STEP_SKIPPED_BY_OPERATOR'],
  ] as const)('%s is journaled with both', (kind, event) => {
    const talk = toHotel().leave();
    talk.happen({ kind, step: 'bookHotel', reason: 'they called', by: 'ada' });
    const entry = talk.logs.find((log) => log.event === event);
    expect(JSON.stringify(entry?.data)).toMatch(/they called.*ada|ada.*they called/);
  });

  it('resume and retry are journaled with both', () => {
    const talk = toHotel().leave().pause();
    talk.happen({ kind: 'resume', reason: 'done', by: 'ada' });
    expect(talk.logs.at(-1)).toMatchObject({ event: 'SAGA_RESUMED', data: { reason: 'done', by: 'ada' } });
    const failed = toHotel().fail();
    failed.happen({ kind: 'retry', reason: 'it is up', by: 'ada' });
    expect(failed.logs.at(-2)).toMatchObject({ event: 'SAGA_RETRIED', data: { reason: 'it is up', by: 'ada' } });
  });
});

describe('a paused saga', () => {
  it('records what comes in, and goes on from there once it is resumed', () => {
    const talk = toHotel().leave().pause();
    const { attempt = 0 } = { attempt: 1 };
    talk.happen({
      kind: 'reply',
      step: 'bookHotel',
      phase: 'do',
      attempt,
      outcome: { outcome: 'done', data: { room: '9' } },
    });
    expect(talk.saga).toMatchObject({ status: 'PAUSED', steps: { bookHotel: { status: 'COMPLETED' } } });
    talk.resume().expect(card.charge, { tripId: '9', amount: 100 });
  });

  it('does not count the time against what it waits for', () => {
    const saga = defineSaga('pause', { version: 1, input: tripInput, timeoutMs: 20_000 })
      .waitFor('approval', approved, { timeoutMs: 10_000 })
      .build();
    const talk = conversation(saga, tripInputOf('t')).wait(9_000).pause().wait(1_000_000).resume();
    expect(talk.awaits(approved).wait(999).saga.status).toBe('WAITING');
    expect(talk.saga.pausedMs).toBe(1_000_000);
    talk.wait(1).ends('COMPENSATED', 'EVENT_TIMEOUT');
  });

  it('does not count the time against its own deadline', () => {
    const talk = toHotel(8_000).wait(4_000).leave().pause().wait(100_000).resume();
    expect(talk.saga.status).toBe('RUNNING');
    talk.wait(3_999);
    expect('failure' in talk.saga).toBe(false);
    talk.wait(1);
    expect(talk.saga).toMatchObject({ failure: { code: 'SAGA_TIMEOUT' } });
  });

  it('keeps an event for when it is resumed', () => {
    const saga = defineSaga('pause', { version: 1, input: tripInput }).waitFor('approval', approved).build();
    const talk = conversation(saga, tripInputOf('t')).pause().signal(approved, {});
    expect(talk.saga).toMatchObject({ status: 'PAUSED', events: [{ event: 'approved' }] });
    talk.resume().ends('COMPLETED');
  });

  it('that was cancelled meanwhile goes back once it is resumed', () => {
    start()
      .expect(flight.book)
      .reply(booked)
      .pause()
      .cancel()
      .resume()
      .expect(hotel.book)
      .reply({ room: '1' })
      .expect(hotel.cancel);
  });
});

describe('a skipped step', () => {
  it('gives later steps the reply that a person gave', () => {
    toHotel()
      .leave()
      .skip('bookHotel', 'booked by phone', { room: '12' })
      .expect(card.charge, { tripId: '12', amount: 100 });
  });

  it('that was under way may have been done: it is taken back like the others', () => {
    const talk = toHotel().leave().skip('bookHotel', 'by phone', { room: '12' }).expect(card.charge).refuse('DECLINED');
    talk.expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED');
  });

  it('that was not begun is not taken back', () => {
    const talk = start().skip('bookHotel', 'by phone', { room: '12' }).expect(flight.book).reply(booked);
    talk.expect(card.charge).refuse('DECLINED').expect(flight.cancel).reply({}).ends('COMPENSATED');
  });

  it('ignores the answer that comes after all', () => {
    const talk = toHotel().leave().skip('bookHotel', 'by phone', { room: '12' });
    talk.happen({
      kind: 'reply',
      step: 'bookHotel',
      phase: 'do',
      attempt: 1,
      outcome: { outcome: 'done', data: { room: '1' } },
    });
    expect(talk.logs.at(-1)).toMatchObject({
      event: 'LATE_REPLY_IGNORED',
      data: { reason: 'step bookHotel is SKIPPED' },
    });
  });
});

describe('the deadline of a saga', () => {
  it('makes what is under way unknown, and is journaled', () => {
    const talk = toHotel(1_000).wait(1_000).leave();
    expect(talk.logs.map(({ event }) => event)).toContain('SAGA_TIMED_OUT');
    talk.expect(hotel.cancel).reply({}).expect(flight.cancel).reply({}).ends('COMPENSATED', 'SAGA_TIMEOUT');
  });
});

describe('a restart from a step', () => {
  const definition = trip();
  const request = { sagaId: 'n', businessKey: 'again', reason: 'the bank was wrong', by: 'ada' };
  const ended = () => toHotel().reply({ room: '1' }).expect(card.charge).reply({ receipt: 'r' }).ends('COMPLETED');

  it('copies what was done before it, and does the rest anew', () => {
    const { saga: source, logs, now } = ended();
    const next = restart(definition, { ...request, source, logs, from: 'chargeCard' }, now);
    expect(next.commands).toMatchObject([{ name: 'card.charge', payload: { tripId: '1', amount: 100 }, sagaId: 'n' }]);
    expect(next.saga).toMatchObject({
      status: 'RUNNING',
      businessKey: 'again',
      restartedFrom: { sagaId: source.sagaId, step: 'chargeCard' },
      steps: { bookFlight: { status: 'COMPLETED', reply: booked }, bookHotel: { status: 'COMPLETED' } },
    });
    expect(next.logs.map(({ seq }) => seq)).toEqual(next.logs.map((_, index) => index + 1));
    expect(next.logs[0]).toMatchObject({ data: { reason: 'the bank was wrong', by: 'ada' } });
  });

  it('does everything anew from the first step', () => {
    const { saga: source, logs, now } = ended();
    expect(restart(definition, { ...request, source, logs, from: 'bookFlight' }, now).commands).toMatchObject([
      { name: 'flight.book' },
    ]);
  });

  it('is refused if a step to build upon was taken back', () => {
    const { saga: source, logs, now } = toHotel().refuse('NO_ROOM').expect(flight.cancel).reply({}).ends('COMPENSATED');
    expect(() => restart(definition, { ...request, source, logs, from: 'bookHotel' }, now)).toThrow(
      'the step bookFlight is COMPENSATED: its work was, or may have been, taken back; restart from it, or from one before it',
    );
    expect(restart(definition, { ...request, source, logs, from: 'bookFlight' }, now).commands).toHaveLength(1);
  });

  it('is refused while the saga has not ended, and for a step that it does not have', () => {
    const { saga: source, logs, now } = toHotel().leave();
    expect(() => restart(definition, { ...request, source, logs, from: 'bookHotel' }, now)).toThrow(
      'only an ended one can be restarted',
    );
    const done = ended();
    expect(() => restart(definition, { ...request, source: done.saga, logs: done.logs, from: 'car' }, now)).toThrow(
      'the saga has no step car; its steps are bookFlight, bookHotel, chargeCard',
    );
  });

  it('copies the event that a step took', () => {
    const saga = defineSaga('wait', { version: 1, input: tripInput })
      .waitFor('approval', approved)
      .step('chargeCard', card.charge, () => ({ tripId: 't', amount: 1 }))
      .build();
    const source = conversation(saga, tripInputOf('t'))
      .signal(approved, {}, 'e-1')
      .expect(card.charge)
      .refuse('DECLINED');
    const next = restart(saga, { ...request, source: source.saga, logs: source.logs, from: 'chargeCard' }, source.now);
    expect(next).toMatchObject({
      commands: [{ name: 'card.charge' }],
      saga: { steps: { approval: { status: 'COMPLETED' } } },
    });
  });
});
