import { describe, expect, it } from 'vitest';
import type { Conversation } from '../testing/conversation.js';
import { conversation } from '../testing/conversation.js';
import { card, flight, hotel, ticket, tripInputOf, tripSaga } from '../testing/trip.fixture.js';
import type { Outcome } from './command.js';
import { fold } from './evolve.js';
import type { Happening } from './happening.js';
import { type Transition, transition } from './transition.js';

const trip = tripSaga();
const toHotel = () =>
  conversation(trip, tripInputOf('t')).expect(flight.book).reply({ flightId: 'LH 1', price: 100 }).expect(hotel.book);
const toTicket = () => toHotel().reply({ room: '1' }).expect(card.charge).reply({ receipt: 'r' }).expect(ticket.issue);
const back = () => toHotel().reply({ room: '1' }).expect(card.charge).refuse('DECLINED').expect(hotel.cancel);

/** One saga in every situation that the rules tell apart. */
const SITUATIONS = {
  'RUNNING, a command under way': () => toHotel().leave(),
  'RUNNING, its retry is waiting': () => toHotel().fail(),
  'RUNNING, cancelled, a command under way': () => toHotel().cancel().leave(),
  'RUNNING, its pivot under way': () => toTicket().leave(),
  'COMPENSATING, a command under way': () => back().leave(),
  'COMPENSATING, its retry is waiting': () => back().fail(),
  'PAUSED, a command under way': () => toHotel().leave().pause(),
  'PAUSED, it goes back': () => back().leave().pause(),
  COMPENSATION_FAILED: () => back().refuse('TOO_LATE'),
  COMPLETED: () => toTicket().reply({ number: '1' }),
  COMPENSATED: () => conversation(trip, tripInputOf('t')).expect(flight.book).refuse('SOLD_OUT'),
} satisfies Record<string, () => Conversation>;
type Situation = keyof typeof SITUATIONS;

const done = (data: unknown): Outcome => ({ outcome: 'done', data });
const refused: Outcome = { outcome: 'refused', code: 'NO', message: 'no' };
const failed: Outcome = { outcome: 'failed', code: 'DATABASE_UNAVAILABLE', message: 'down' };
const lost: Outcome = { ...failed, code: 'CONNECTION_LOST', transport: true };
const reply = (step: string, phase: 'do' | 'undo', outcome: Outcome, attempt = 1): Happening => ({
  kind: 'reply',
  step,
  phase,
  attempt,
  outcome,
});
const cancel: Happening = { kind: 'cancelRequested', reason: 'changed my mind', by: 'ada' };
const retry: Happening = { kind: 'retry', by: 'ada', reason: 'the hotel answers again' };
const skip: Happening = { kind: 'skip', step: 'bookHotel', reason: 'called them', by: 'ada' };

const compensate: Happening = { kind: 'compensate', reason: 'it hangs', by: 'ada' };
const pause: Happening = { kind: 'pause', reason: 'the hotel asks us to', by: 'ada' };
const resume: Happening = { kind: 'resume', by: 'ada' };
const event: Happening = { kind: 'event', event: 'weather.changed', payload: {} };

const LATE = ['LATE_REPLY_IGNORED'];
const IGNORED: string[] = [];

/** Situation, happening, ms later, the events that follow, the status after them, the commands that are sent. */
// biome-ignore format: a table is read by its columns
const TABLE: [Situation, string, Happening, number, string[], string, string[]][] = [
  // replies to what is under way
  ['RUNNING, a command under way', 'done', reply('bookHotel', 'do', done({ room: '1' })), 1, ['STEP_COMPLETED', 'STEP_STARTED'], 'RUNNING', ['card.charge']],
  ['RUNNING, a command under way', 'refused', reply('bookHotel', 'do', refused), 1, ['STEP_REFUSED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['flight.cancel']],
  ['RUNNING, a command under way', 'failed', reply('bookHotel', 'do', failed), 1, ['STEP_FAILED'], 'RUNNING', []],
  ['RUNNING, a command under way', 'connection lost', reply('bookHotel', 'do', lost), 1, ['STEP_FAILED'], 'RUNNING', []],
  ['RUNNING, cancelled, a command under way', 'done', reply('bookHotel', 'do', done({ room: '1' })), 1, ['STEP_COMPLETED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, cancelled, a command under way', 'refused', reply('bookHotel', 'do', refused), 1, ['STEP_REFUSED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['flight.cancel']],
  ['RUNNING, cancelled, a command under way', 'failed', reply('bookHotel', 'do', failed), 1, ['STEP_FAILED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, cancelled, a command under way', 'connection lost', reply('bookHotel', 'do', lost), 1, ['STEP_FAILED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, its pivot under way', 'done', reply('issueTicket', 'do', done({ number: '1' })), 1, ['STEP_COMPLETED', 'SAGA_COMPLETED'], 'COMPLETED', []],
  ['RUNNING, its pivot under way', 'refused', reply('issueTicket', 'do', refused), 1, ['STEP_REFUSED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['card.refund']],
  ['RUNNING, its pivot under way', 'failed', reply('issueTicket', 'do', failed), 1, ['STEP_FAILED'], 'RUNNING', []],
  ['COMPENSATING, a command under way', 'done', reply('bookHotel', 'undo', done({})), 1, ['STEP_COMPENSATED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['flight.cancel']],
  ['COMPENSATING, a command under way', 'refused', reply('bookHotel', 'undo', refused), 1, ['COMPENSATION_FAILED'], 'COMPENSATION_FAILED', []],
  ['COMPENSATING, a command under way', 'failed', reply('bookHotel', 'undo', failed), 1, ['COMPENSATION_FAILED'], 'COMPENSATING', []],
  // replies that nothing waits for
  ['RUNNING, a command under way', 'a reply of another attempt', reply('bookHotel', 'do', done({ room: '1' }), 2), 1, LATE, 'RUNNING', []],
  ['RUNNING, a command under way', 'a duplicate', reply('bookFlight', 'do', done({ flightId: 'x', price: 1 })), 1, LATE, 'RUNNING', []],
  ['RUNNING, a command under way', 'a reply to the compensation', reply('bookHotel', 'undo', done({})), 1, LATE, 'RUNNING', []],
  ['RUNNING, a command under way', 'a reply of a later step', reply('chargeCard', 'do', done({ receipt: 'r' })), 1, LATE, 'RUNNING', []],
  ['RUNNING, a command under way', 'a reply of no step', reply('toString', 'do', done({})), 1, LATE, 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'a reply of the failed attempt', reply('bookHotel', 'do', done({ room: '1' })), 1, LATE, 'RUNNING', []],
  ['RUNNING, cancelled, a command under way', 'a duplicate', reply('bookFlight', 'do', refused), 1, LATE, 'RUNNING', []],
  ['RUNNING, its pivot under way', 'a duplicate', reply('chargeCard', 'do', refused), 1, LATE, 'RUNNING', []],
  ['COMPENSATING, a command under way', 'a reply of the action', reply('bookHotel', 'do', done({ room: '1' })), 1, LATE, 'COMPENSATING', []],
  ['COMPENSATING, its retry is waiting', 'a reply of the failed attempt', reply('bookHotel', 'undo', done({})), 1, LATE, 'COMPENSATING', []],
  ['COMPENSATION_FAILED', 'a late reply', reply('bookHotel', 'undo', done({})), 1, LATE, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'a duplicate', reply('issueTicket', 'do', done({ number: '1' })), 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'a duplicate', reply('bookFlight', 'do', refused), 1, IGNORED, 'COMPENSATED', []],
  // time
  ['RUNNING, a command under way', 'due early', { kind: 'due' }, 4_999, IGNORED, 'RUNNING', []],
  ['RUNNING, a command under way', 'due', { kind: 'due' }, 5_000, ['STEP_TIMED_OUT'], 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'due early', { kind: 'due' }, -1, IGNORED, 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'due', { kind: 'due' }, 200, ['STEP_RETRIED'], 'RUNNING', ['hotel.book']],
  ['RUNNING, cancelled, a command under way', 'due', { kind: 'due' }, 5_000, ['STEP_TIMED_OUT', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, its pivot under way', 'due', { kind: 'due' }, 5_000, ['STEP_TIMED_OUT'], 'RUNNING', []],
  ['COMPENSATING, a command under way', 'due early', { kind: 'due' }, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATING, a command under way', 'due', { kind: 'due' }, 5_000, ['COMPENSATION_FAILED'], 'COMPENSATING', []],
  ['COMPENSATING, its retry is waiting', 'due', { kind: 'due' }, 200, ['COMPENSATION_RETRIED'], 'COMPENSATING', ['hotel.cancel']],
  ['COMPENSATION_FAILED', 'due', { kind: 'due' }, 99_999, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'due', { kind: 'due' }, 99_999, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'due', { kind: 'due' }, 99_999, IGNORED, 'COMPENSATED', []],
  // another process takes over
  ['RUNNING, a command under way', 'recovered', { kind: 'recovered' }, 1, ['STEP_RETRIED'], 'RUNNING', ['hotel.book']],
  ['RUNNING, its retry is waiting', 'recovered before its time', { kind: 'recovered' }, -1, IGNORED, 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'recovered after its time', { kind: 'recovered' }, 200, ['STEP_RETRIED'], 'RUNNING', ['hotel.book']],
  ['RUNNING, cancelled, a command under way', 'recovered', { kind: 'recovered' }, 1, ['STEP_RETRIED'], 'RUNNING', ['hotel.book']],
  ['RUNNING, its pivot under way', 'recovered', { kind: 'recovered' }, 1, ['STEP_RETRIED'], 'RUNNING', ['ticket.issue']],
  ['COMPENSATING, a command under way', 'recovered', { kind: 'recovered' }, 1, ['COMPENSATION_RETRIED'], 'COMPENSATING', ['hotel.cancel']],
  ['COMPENSATING, its retry is waiting', 'recovered after its time', { kind: 'recovered' }, 200, ['COMPENSATION_RETRIED'], 'COMPENSATING', ['hotel.cancel']],
  ['COMPENSATION_FAILED', 'recovered', { kind: 'recovered' }, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'recovered', { kind: 'recovered' }, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'recovered', { kind: 'recovered' }, 1, IGNORED, 'COMPENSATED', []],
  // somebody cancels
  ['RUNNING, a command under way', 'cancel', cancel, 1, ['SAGA_CANCEL_REQUESTED'], 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'cancel', cancel, 1, ['SAGA_CANCEL_REQUESTED', 'STEP_FAILED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, cancelled, a command under way', 'cancel', cancel, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its pivot under way', 'cancel', cancel, 1, IGNORED, 'RUNNING', []],
  ['COMPENSATING, a command under way', 'cancel', cancel, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATING, its retry is waiting', 'cancel', cancel, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATION_FAILED', 'cancel', cancel, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'cancel', cancel, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'cancel', cancel, 1, IGNORED, 'COMPENSATED', []],
  // a person looks after what is parked
  ['RUNNING, a command under way', 'retry', retry, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'retry', retry, 1, ['SAGA_RETRIED', 'STEP_RETRIED'], 'RUNNING', ['hotel.book']],
  ['RUNNING, cancelled, a command under way', 'retry', retry, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its pivot under way', 'retry', retry, 1, IGNORED, 'RUNNING', []],
  ['COMPENSATING, a command under way', 'retry', retry, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATING, its retry is waiting', 'retry', retry, 1, ['SAGA_RETRIED', 'COMPENSATION_RETRIED'], 'COMPENSATING', ['hotel.cancel']],
  ['COMPENSATION_FAILED', 'retry', retry, 1, ['SAGA_RETRIED', 'COMPENSATION_RETRIED'], 'COMPENSATING', ['hotel.cancel']],
  ['COMPLETED', 'retry', retry, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'retry', retry, 1, IGNORED, 'COMPENSATED', []],
  ['RUNNING, a command under way', 'skip', skip, 1, ['STEP_SKIPPED_BY_OPERATOR', 'STEP_STARTED'], 'RUNNING', ['card.charge']],
  ['RUNNING, its retry is waiting', 'skip', skip, 1, ['STEP_SKIPPED_BY_OPERATOR', 'STEP_STARTED'], 'RUNNING', ['card.charge']],
  ['RUNNING, cancelled, a command under way', 'skip', skip, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its pivot under way', 'skip', skip, 1, IGNORED, 'RUNNING', []],
  ['COMPENSATING, a command under way', 'skip', skip, 1, ['STEP_SKIPPED_BY_OPERATOR', 'COMPENSATION_STARTED'], 'COMPENSATING', ['flight.cancel']],
  ['COMPENSATING, its retry is waiting', 'skip', skip, 1, ['STEP_SKIPPED_BY_OPERATOR', 'COMPENSATION_STARTED'], 'COMPENSATING', ['flight.cancel']],
  ['COMPENSATION_FAILED', 'skip', skip, 1, ['STEP_SKIPPED_BY_OPERATOR', 'COMPENSATION_STARTED'], 'COMPENSATING', ['flight.cancel']],
  ['COMPENSATION_FAILED', 'skip of another step', { ...skip, step: 'bookFlight' }, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPENSATION_FAILED', 'skip of no step', { ...skip, step: 'constructor' }, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'skip', skip, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'skip', skip, 1, IGNORED, 'COMPENSATED', []],
  // a person does not want to wait for outcomes
  ['RUNNING, a command under way', 'compensate', compensate, 1, ['SAGA_CANCEL_REQUESTED', 'STEP_FAILED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, its retry is waiting', 'compensate', compensate, 1, ['SAGA_CANCEL_REQUESTED', 'STEP_FAILED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, cancelled, a command under way', 'compensate', compensate, 1, ['SAGA_CANCEL_REQUESTED', 'STEP_FAILED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['RUNNING, its pivot under way', 'compensate', compensate, 1, IGNORED, 'RUNNING', []],
  ['COMPENSATING, a command under way', 'compensate', compensate, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATING, its retry is waiting', 'compensate', compensate, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATION_FAILED', 'compensate', compensate, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'compensate', compensate, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'compensate', compensate, 1, IGNORED, 'COMPENSATED', []],
  ['PAUSED, a command under way', 'compensate', compensate, 1, ['SAGA_RESUMED', 'SAGA_CANCEL_REQUESTED', 'STEP_FAILED', 'COMPENSATION_STARTED'], 'COMPENSATING', ['hotel.cancel']],
  ['PAUSED, it goes back', 'compensate', compensate, 1, IGNORED, 'PAUSED', []],
  // a person pauses it, and resumes it
  ['RUNNING, a command under way', 'pause', pause, 1, ['SAGA_PAUSED'], 'PAUSED', []],
  ['RUNNING, its retry is waiting', 'pause', pause, 1, ['SAGA_PAUSED'], 'PAUSED', []],
  ['RUNNING, cancelled, a command under way', 'pause', pause, 1, ['SAGA_PAUSED'], 'PAUSED', []],
  ['RUNNING, its pivot under way', 'pause', pause, 1, ['SAGA_PAUSED'], 'PAUSED', []],
  ['COMPENSATING, a command under way', 'pause', pause, 1, ['SAGA_PAUSED'], 'PAUSED', []],
  ['COMPENSATING, its retry is waiting', 'pause', pause, 1, ['SAGA_PAUSED'], 'PAUSED', []],
  ['COMPENSATION_FAILED', 'pause', pause, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'pause', pause, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'pause', pause, 1, IGNORED, 'COMPENSATED', []],
  ['PAUSED, a command under way', 'pause', pause, 1, IGNORED, 'PAUSED', []],
  ['PAUSED, it goes back', 'pause', pause, 1, IGNORED, 'PAUSED', []],
  ['RUNNING, a command under way', 'resume', resume, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'resume', resume, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, cancelled, a command under way', 'resume', resume, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its pivot under way', 'resume', resume, 1, IGNORED, 'RUNNING', []],
  ['COMPENSATING, a command under way', 'resume', resume, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATING, its retry is waiting', 'resume', resume, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATION_FAILED', 'resume', resume, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'resume', resume, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'resume', resume, 1, IGNORED, 'COMPENSATED', []],
  ['PAUSED, a command under way', 'resume in time', resume, 1, ['SAGA_RESUMED'], 'RUNNING', []],
  ['PAUSED, a command under way', 'resume late', resume, 5000, ['SAGA_RESUMED', 'STEP_RETRIED'], 'RUNNING', ['hotel.book']],
  ['PAUSED, it goes back', 'resume late', resume, 5000, ['SAGA_RESUMED', 'COMPENSATION_RETRIED'], 'COMPENSATING', ['hotel.cancel']],
  // what happens to a saga that is paused
  ['PAUSED, a command under way', 'done', reply('bookHotel', 'do', done({ room: '1' })), 1, ['STEP_COMPLETED'], 'PAUSED', []],
  ['PAUSED, a command under way', 'refused', reply('bookHotel', 'do', refused), 1, ['STEP_REFUSED'], 'PAUSED', []],
  ['PAUSED, a command under way', 'failed', reply('bookHotel', 'do', failed), 1, ['STEP_FAILED'], 'PAUSED', []],
  ['PAUSED, a command under way', 'due', { kind: 'due' }, 9999, IGNORED, 'PAUSED', []],
  ['PAUSED, a command under way', 'recovered', { kind: 'recovered' }, 9999, IGNORED, 'PAUSED', []],
  ['PAUSED, a command under way', 'cancel', cancel, 1, ['SAGA_CANCEL_REQUESTED'], 'PAUSED', []],
  ['PAUSED, a command under way', 'retry', retry, 1, IGNORED, 'PAUSED', []],
  ['PAUSED, a command under way', 'skip', skip, 1, ['STEP_SKIPPED_BY_OPERATOR'], 'PAUSED', []],
  ['PAUSED, it goes back', 'done', reply('bookHotel', 'undo', done({})), 1, ['STEP_COMPENSATED'], 'PAUSED', []],
  ['PAUSED, it goes back', 'refused', reply('bookHotel', 'undo', refused), 1, ['COMPENSATION_FAILED'], 'COMPENSATION_FAILED', []],
  ['PAUSED, it goes back', 'due', { kind: 'due' }, 9999, IGNORED, 'PAUSED', []],
  ['PAUSED, it goes back', 'recovered', { kind: 'recovered' }, 9999, IGNORED, 'PAUSED', []],
  ['PAUSED, it goes back', 'cancel', cancel, 1, IGNORED, 'PAUSED', []],
  ['PAUSED, it goes back', 'retry', retry, 1, IGNORED, 'PAUSED', []],
  ['PAUSED, it goes back', 'skip', skip, 1, ['STEP_SKIPPED_BY_OPERATOR'], 'PAUSED', []],
  // an event that nobody waits for
  ['RUNNING, a command under way', 'event', event, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its retry is waiting', 'event', event, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, cancelled, a command under way', 'event', event, 1, IGNORED, 'RUNNING', []],
  ['RUNNING, its pivot under way', 'event', event, 1, IGNORED, 'RUNNING', []],
  ['COMPENSATING, a command under way', 'event', event, 1, IGNORED, 'COMPENSATING', []],
  ['COMPENSATING, its retry is waiting', 'event', event, 1, IGNORED, 'COMPENSATING', []],
  ['PAUSED, a command under way', 'event', event, 1, IGNORED, 'PAUSED', []],
  ['PAUSED, it goes back', 'event', event, 1, IGNORED, 'PAUSED', []],
  ['COMPENSATION_FAILED', 'event', event, 1, IGNORED, 'COMPENSATION_FAILED', []],
  ['COMPLETED', 'event', event, 1, IGNORED, 'COMPLETED', []],
  ['COMPENSATED', 'event', event, 1, IGNORED, 'COMPENSATED', []],
];

/** Every kind of happening in every situation must stand in the table. */
const KINDS: Happening['kind'][] = [
  'reply',
  'due',
  'recovered',
  'cancelRequested',
  'compensate',
  'retry',
  'skip',
  'pause',
  'resume',
  'event',
];

describe('what follows from a happening, by situation:', () => {
  it.each(TABLE)('%s: %s', (situation, _, happening, laterMs, events, status, commands) => {
    const { saga, logs, now } = SITUATIONS[situation]();
    const next = transition(trip, saga, happening, now + laterMs);
    expect(next.logs.map(({ event }) => event)).toEqual(events);
    expect(next.saga.status).toBe(status);
    expect(next.commands.map(({ name }) => name)).toEqual(commands);
    isSound(next, saga.logSeq);
    expect(fold([...logs, ...next.logs], saga.sagaId)).toEqual(next.saga);
    if (events === IGNORED) {
      expect(next.saga).toEqual(saga);
      if (happening.kind !== 'recovered') expect(next.ignored).toMatch(/\w/);
    } else if (events === LATE) {
      expect(next.ignored).toMatch(/\w/);
      expect(next.saga).toEqual({ ...saga, logSeq: saga.logSeq + 1, updatedAt: now + laterMs });
    } else expect(next.ignored).toBeUndefined();
  });

  it.each(Object.keys(SITUATIONS))('%s: the table has every happening', (situation) => {
    const kinds = new Set(TABLE.filter(([of]) => of === situation).map(([, , { kind }]) => kind));
    expect(KINDS.filter((kind) => !kinds.has(kind))).toEqual([]);
  });
});

function isSound({ saga, logs, commands, dueAt }: Transition, seqBefore: number): void {
  expect(logs.map(({ seq }) => seq)).toEqual(logs.map((_, index) => seqBefore + 1 + index));
  expect(saga.logSeq).toBe(seqBefore + logs.length);
  const sends = ['STEP_STARTED', 'STEP_RETRIED', 'COMPENSATION_STARTED', 'COMPENSATION_RETRIED'];
  expect(commands).toHaveLength(logs.filter(({ event }) => sends.includes(event)).length);
  const waits = saga.status === 'RUNNING' || saga.status === 'COMPENSATING';
  expect(dueAt !== null).toBe(waits);
}
