import type { LogEntry, LogEvent } from '../core/log.js';
import { backward } from './backward.fixture.js';
import type { Token } from './definition.fixture.js';
import { forward } from './forward.fixture.js';
import { insist, type Model } from './model.fixture.js';
import { byOne, type Cause, type EntryOf, type Rule } from './rule.fixture.js';

/** When each entry may follow. Entries about the saga as a whole are here, those about steps in the other files. */
const rules: { readonly [E in LogEvent]: Rule<E> } = {
  ...forward,
  ...backward,

  SAGA_STARTED: (model, entry) => {
    insist(entry.seq === 1, 'it begins twice');
    model.startsAt = entry.data.startsAt ?? model.startsAt;
    model.countsFrom = entry.data.startsAt ?? entry.at;
  },

  SAGA_COMPLETED: (model) => {
    insist(model.those('done', 'skipped').length === model.steps.size, 'not all steps are behind it');
    insist(model.failure === undefined && model.pausedAt === undefined, 'it fails, or is paused');
    model.ended = 'COMPLETED';
  },

  SAGA_COMPENSATED: (model, { data }) => {
    insist(model.failure?.code === data.failure.code, `it ends with ${data.failure.code}, not ${model.failure?.code}`);
    insist(!model.isHeld && !model.isAtWork(), 'something is at work');
    insist(model.nextOwed() === undefined, `${model.nextOwed()} is not taken back`);
    model.ended = 'COMPENSATED';
  },

  SAGA_CLAIMED: () => {},

  SAGA_CANCEL_REQUESTED: (model, { data }, cause) => {
    insist(byOne(cause, 'cancelRequested', 'compensate'), 'nobody asked for it');
    insist(!model.isPastPivot || model.failure !== undefined, 'it is past its pivot');
    model.failure ??= data.failure;
    model.isCalledOff ||= data.immediate === true;
  },

  SAGA_TIMED_OUT: (model, { data, at }) => {
    insist(at >= model.deadline() && !model.isHeld, `it has time until ${model.deadline()}`);
    insist(data.failure.code === 'SAGA_TIMEOUT', `the code is ${data.failure.code}`);
    model.failure = data.failure;
    model.timedOutAt = at;
  },

  SAGA_RETRIED: (_, __, cause) => insist(byOne(cause, 'retry'), 'nobody said so'),

  SAGA_PAUSED: (model, { at }, cause) => {
    insist(byOne(cause, 'pause') && !model.isHeld, 'it cannot be paused');
    model.pausedAt = at;
  },

  SAGA_RESUMED: resumed,
  EVENT_RECEIVED: received,

  LATE_REPLY_IGNORED: (_, __, cause) => insist(byOne(cause, 'reply'), 'there was no reply'),
};

/** The time that it was paused does not count against what it waits for. */
function resumed(model: Model, { at }: EntryOf<'SAGA_RESUMED'>, cause: Cause): void {
  insist(byOne(cause, 'resume', 'compensate') && model.pausedAt !== undefined, 'it is not paused');
  const ms = Math.max(0, at - model.pausedAt);
  model.pausedMs += ms;
  model.pausedAt = undefined;
  for (const step of model.steps.values()) if (step.is === 'listening' && step.until !== null) step.until += ms;
}

function received(model: Model, { seq, data }: EntryOf<'EVENT_RECEIVED'>, cause: Cause): void {
  const { event, payload, id } = data;
  insist(byOne(cause, 'event'), 'there was no event');
  insist(model.wanting(event).length > 0, `nobody wants ${event}`);
  insist(id === undefined || !model.eventIds.has(id), `the event ${id} came before`);
  if (id !== undefined) model.eventIds.add(id);
  model.kept.push({ seq, event, payload: payload as Token });
}

/** Follows the journal by one entry. @throws Error if the rules do not allow it here. */
export function follow(model: Model, entry: LogEntry, cause: Cause): void {
  insist(entry.seq === model.seq + 1, `seq ${entry.seq} after ${model.seq}`);
  insist(model.ended === undefined, `something happens after the end`);
  model.seq = entry.seq;
  (rules[entry.event] as Rule<LogEvent>)(model, entry, cause);
}
