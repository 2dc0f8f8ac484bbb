import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { conversation } from '../testing/conversation.js';
import { flight, hotel, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import type { Happening } from './happening.js';
import type { LogEntry } from './log.js';
import { transition } from './transition.js';

/** What random sagas have brought to light, each told as a conversation. */

const toFlight = { tripId: 't', seats: 1 };
const toHotel = { tripId: 't', beds: 1 };
const events = (logs: readonly LogEntry[], step: string) =>
  logs.filter((log) => log.step === step).map((log) => log.event);
const failed = (step: string): Happening => ({
  kind: 'reply',
  step,
  phase: 'do',
  attempt: 1,
  outcome: { outcome: 'failed', code: 'DOWN', message: 'down' },
});

describe('a step that waits for its next attempt when the saga fails is not tried again', () => {
  it('if the saga is cancelled while it is paused', () => {
    const trip = defineSaga('trip', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, () => toFlight)
      .compensate(flight.cancel, () => ({ tripId: 't', why: '' }))
      .build();
    const talk = conversation(trip, tripInputOf('t')).expect(flight.book).leave().pause();
    talk.happen(failed('bookFlight'));
    talk.cancel().wait(60_000).resume();
    expect(events(talk.logs, 'bookFlight')).not.toContain('STEP_RETRIED');
    talk.expect(flight.cancel).reply({}).ends('COMPENSATED', 'CANCELLED');
  });

  it('if its time comes together with the failure', () => {
    const trip = defineSaga('trip', { version: 1, input: tripInput })
      .parallel((side) =>
        side
          .step('bookFlight', flight.book, () => toFlight, { timeoutMs: 1_000, retry: { maxAttempts: 1 } })
          .step('bookHotel', hotel.book, () => toHotel),
      )
      .build();
    const talk = conversation(trip, tripInputOf('t'));
    talk.happen(failed('bookHotel'));
    const { logs, commands } = transition(trip, talk.saga, { kind: 'due' }, talk.now + 1_000);
    expect(logs.map(({ event }) => event)).toEqual(['STEP_TIMED_OUT', 'STEP_FAILED', 'SAGA_COMPENSATED']);
    expect(commands).toEqual([]);
  });
});

describe('a failed attempt that is to be taken back before the next one', () => {
  it('is so although its failure was heard of while the saga was paused', () => {
    const trip = defineSaga('trip', { version: 1, input: tripInput })
      .step('bookFlight', flight.book, () => toFlight)
      .compensate(flight.cancel, () => ({ tripId: 't', why: '' }), { strategy: 'immediate' })
      .build();
    const talk = conversation(trip, tripInputOf('t')).expect(flight.book).leave().pause();
    talk.happen(failed('bookFlight'));
    talk.wait(60_000).resume().expect(flight.cancel).reply({}).expect(flight.book);
  });
});

describe('an immediate compensation, after which a saga may have to fail,', () => {
  const book = { ...flight.book, refusals: [] };
  const saga = () => defineSaga('trip', { version: 1, input: tripInput });
  const undo = () => ({ tripId: 't', why: '' });

  it('cannot be that of the pivot, which is tried until it is answered', () => {
    const pivot = saga()
      .step('bookFlight', book, () => toFlight, { pivot: true })
      .compensate(flight.cancel, undo, { strategy: 'immediate' });
    expect(() => pivot.build()).toThrow(
      "step bookFlight is a pivot, and would be taken back after a failed attempt: give its compensation strategy: 'deferred'",
    );
  });

  it('cannot be that of a step that runs beside the pivot or after it', () => {
    const after = saga()
      .step('bookHotel', hotel.book, () => toHotel, { pivot: true })
      .step('bookFlight', book, () => toFlight, { retry: 'forever' })
      .compensate(flight.cancel, undo, { strategy: 'immediate' });
    expect(() => after.build()).toThrow(
      "step bookFlight may still fail after the pivot bookHotel has begun: give its compensation strategy: 'deferred', or have the pivot depend on it",
    );
  });
});

describe('the event that a step waits for', () => {
  const event = (name: string) => ({ name, payload: z.object({}) });
  const [signed, withdrawn, paid] = [event('signed'), event('withdrawn'), event('paid')];
  const contract = defineSaga('contract', { version: 1, input: tripInput })
    .waitFor('awaitDraft', signed)
    .waitFor('awaitContract', signed, { refusedBy: [withdrawn] })
    .waitFor('awaitMoney', paid, { refusedBy: [withdrawn] })
    .build();
  const withdrawnTwice = () => conversation(contract, tripInputOf('t')).signal(withdrawn, {}).signal(withdrawn, {});

  it('is taken, however many events are kept for later steps', () => {
    withdrawnTwice().signal(signed, {}).ends('COMPENSATED', 'withdrawn');
  });

  it('is refused if all that could take it have one already', () => {
    expect(() => withdrawnTwice().signal(withdrawn, {})).toThrow(
      'an event for awaitContract, awaitMoney was received before',
    );
  });
});

describe('what a person gives as the reply of a step', () => {
  it('is kept as JSON, like the replies of participants', () => {
    const trip = defineSaga('trip', { version: 1, input: tripInput })
      .step('bookHotel', hotel.book, () => toHotel)
      .waitFor('awaitMoney', { name: 'paid', payload: z.object({}) })
      .build();
    const talk = conversation(trip, tripInputOf('t'));
    talk.skip('bookHotel', 'by phone', { room: '12', from: new Date(0), to: undefined });
    const { saga } = talk;
    expect(JSON.parse(JSON.stringify(saga))).toStrictEqual(saga);
  });
});
