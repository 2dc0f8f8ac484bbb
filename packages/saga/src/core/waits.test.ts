import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversation } from '../testing/conversation.js';
import { card, flight, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';

const DAY_MS = 86_400_000;
const approved = { name: 'approved', payload: z.object({ by: z.string() }) };
const rejected = { name: 'rejected', payload: z.object({ why: z.string() }) };
const booked = { flightId: 'LH 1', price: 100 };
const begin = () =>
  defineSaga('approval', { version: 1, input: tripInput })
    .step('bookFlight', flight.book, () => ({ tripId: 't', seats: 1 }))
    .compensate(flight.cancel, ({ failure }) => ({ tripId: 't', why: failure.code }));
const approval = begin()
  .waitFor('approval', approved, { refusedBy: [rejected], timeoutMs: DAY_MS })
  .step('chargeCard', card.charge, ({ replies }) => ({ tripId: replies.approval.by, amount: 1 }))
  .build();
const start = () => conversation(approval, tripInputOf('t'));
const waiting = () => start().expect(flight.book).reply(booked).awaits(approved, rejected);

describe('a step that waits for an event', () => {
  it('is done when it arrives, and has its payload as reply', () => {
    waiting()
      .signal(approved, { by: 'ada' })
      .expect(card.charge, { tripId: 'ada', amount: 1 })
      .reply({ receipt: 'r' })
      .ends('COMPLETED');
  });

  it('makes the saga WAITING, due when the time is over', () => {
    const talk = waiting();
    expect(talk.saga.status).toBe('WAITING');
    expect(talk.wait(DAY_MS - 1).saga.status).toBe('WAITING');
    talk
      .wait(1)
      .expect(flight.cancel, { tripId: 't', why: 'EVENT_TIMEOUT' })
      .reply({})
      .ends('COMPENSATED', 'EVENT_TIMEOUT');
  });

  it('is refused by the event that means no, with its name and payload', () => {
    const talk = waiting().signal(rejected, { why: 'too dear' });
    expect(talk.saga).toMatchObject({ failure: { code: 'rejected', step: 'approval', details: { why: 'too dear' } } });
    talk.expect(flight.cancel).reply({}).ends('COMPENSATED', 'rejected');
  });

  it('takes an event that came before it waited', () => {
    const talk = start().signal(approved, { by: 'ada' });
    expect(talk.saga.events).toMatchObject([{ event: 'approved' }]);
    talk.expect(flight.book).reply(booked).expect(card.charge, { tripId: 'ada', amount: 1 });
    expect(talk.saga.events).toBeUndefined();
  });

  it('takes the first of two that came early: the second is told that it is too late', () => {
    const talk = start().signal(rejected, { why: 'no' });
    expect(() => talk.signal(approved, { by: 'ada' })).toThrow('an event for approval was received before');
    talk.expect(flight.book).reply(booked).expect(flight.cancel).reply({}).ends('COMPENSATED', 'rejected');
  });

  it('takes an event once, however often it is sent', () => {
    const talk = waiting().signal(approved, { by: 'ada' }, 'e-1');
    expect(() => talk.signal(approved, { by: 'ada' }, 'e-1')).toThrow('the event e-1 was received before');
    expect(() => talk.signal(approved, { by: 'eve' }, 'e-2')).toThrow(
      'no step waits for approved any more: approval is COMPLETED',
    );
  });

  it('does not take what breaks the contract, nor what nobody waits for', () => {
    // @ts-expect-error: by is missing
    expect(() => waiting().signal(approved, {})).toThrow('the event approved breaks its contract: by:');
    const other = { name: 'weather', payload: z.object({}) };
    expect(() => waiting().signal(other, {})).toThrow(
      'no step of approval waits for weather; it waits for approved, rejected',
    );
  });

  it('survives the process: another one waits on, and sends nothing', () => {
    const talk = waiting().crash();
    expect(talk.saga.status).toBe('WAITING');
    talk.signal(approved, { by: 'ada' }).expect(card.charge);
  });

  it('may go on without the event, and then has no reply', () => {
    const reminder = begin()
      .waitFor('reminder', approved, { timeoutMs: DAY_MS, onTimeout: 'continue' })
      .step('chargeCard', card.charge, ({ replies }) => ({ tripId: replies.reminder?.by ?? 'nobody', amount: 1 }))
      .build();
    const talk = conversation(reminder, tripInputOf('t'))
      .expect(flight.book)
      .reply(booked)
      .awaits(approved)
      .wait(DAY_MS);
    expect(talk.saga.steps.reminder).toEqual({
      status: 'SKIPPED',
      reason: `approved did not come within ${DAY_MS} ms`,
    });
    talk.expect(card.charge, { tripId: 'nobody', amount: 1 });
  });

  it('may wait for ever', () => {
    const patient = begin().waitFor('approval', approved).build();
    const talk = conversation(patient, tripInputOf('t')).expect(flight.book).reply(booked).awaits(approved);
    talk
      .wait(1_000 * DAY_MS)
      .awaits(approved)
      .signal(approved, { by: 'ada' })
      .ends('COMPLETED');
  });

  it('is dropped when the saga is cancelled', () => {
    waiting()
      .cancel()
      .expect(flight.cancel, { tripId: 't', why: 'CANCELLED' })
      .reply({})
      .ends('COMPENSATED', 'CANCELLED');
  });

  it('is dropped when a step beside it is refused', () => {
    const beside = defineSaga('beside', { version: 1, input: tripInput })
      .parallel((group) =>
        group.waitFor('approval', approved).step('chargeCard', card.charge, () => ({ tripId: 't', amount: 1 })),
      )
      .build();
    const talk = conversation(beside, tripInputOf('t'));
    expect(talk.saga.status).toBe('RUNNING');
    talk.expect(card.charge).refuse('DECLINED').ends('COMPENSATED', 'DECLINED');
    expect(talk.saga.steps.approval).toEqual({ status: 'SKIPPED', reason: 'the saga fails' });
  });

  it('shares its kind of event with another step: each event is for one of them', () => {
    const twice = defineSaga('twice', { version: 1, input: tripInput })
      .waitFor('first', approved)
      .waitFor('second', approved)
      .build();
    const talk = conversation(twice, tripInputOf('t')).signal(approved, { by: 'ada' });
    expect(talk.saga.steps).toMatchObject({
      first: { status: 'COMPLETED', reply: { by: 'ada' } },
      second: { status: 'RUNNING' },
    });
    talk.signal(approved, { by: 'bob' }).ends('COMPLETED');
  });

  it('cannot be told yes and no by the same event, and is no pivot', () => {
    expect(() =>
      begin()
        .waitFor('approval', approved, { refusedBy: [approved] })
        .build(),
    ).toThrow('both yes and no');
  });
});

describe('a saga with a start time', () => {
  it('starts nothing before it', async () => {
    const { begin: first, transition } = await import('./transition.js');
    const now = 1_000_000;
    const early = first(
      approval,
      { sagaId: 's', businessKey: 'b', input: tripInputOf('t'), startsAt: now + DAY_MS },
      now,
    );
    expect(early).toMatchObject({ saga: { status: 'WAITING' }, commands: [], dueAt: now + DAY_MS });
    expect(transition(approval, early.saga, { kind: 'due' }, now + DAY_MS - 1)).toMatchObject({
      ignored: 'nothing is due yet',
    });
    const due = transition(approval, early.saga, { kind: 'due' }, now + DAY_MS);
    expect(due).toMatchObject({ saga: { status: 'RUNNING' }, commands: [{ name: 'flight.book' }] });
    const cancelled = transition(approval, early.saga, { kind: 'cancelRequested', reason: 'r' }, now);
    expect(cancelled.saga.status).toBe('COMPENSATED');
  });
});
