import type { Happening } from '../core/happening.js';
import type { Action } from './action.fixture.js';
import { eventOf, pick, replyTo, type Sending, skip } from './happenings.fixture.js';
import type { Model } from './model.fixture.js';
import { eventsOf } from './plan.fixture.js';

/** What happens to the saga by the action, as things stand; undefined: it finds nothing to act on. */
export function happeningOf(model: Model, sent: readonly Sending[], action: Action): Happening | undefined {
  switch (action.do) {
    case 'answer':
    case 'answerAgain': {
      const sending = pick(action.do === 'answer' ? openOf(model) : sent, action.which);
      return sending && replyTo(sending, action.answer, action.n);
    }
    case 'answerNobody':
      return replyTo(action, 'done', 1);
    case 'event': {
      const wanted = model.those('pending', 'listening').flatMap((name) => eventsOf(model.planOf(name)));
      const event = pick(wanted, action.which);
      return event === undefined ? undefined : eventOf(event, { n: action.n }, action.id);
    }
    case 'anyEvent':
      return eventOf(action.event, action.payload, action.id);
    case 'pass':
    case 'turnBack':
    case 'passUntilDue':
      return { kind: 'due' };
    case 'cancel':
      return { kind: 'cancelRequested', reason: 'r' };
    case 'compensate':
      return { kind: 'compensate', reason: 'r' };
    case 'skip':
      return skip(action.step, action.n);
    case 'skipParked':
      return skip(model.those('stuck')[0] ?? 's0');
    default:
      return { kind: action.do };
  }
}

/** What helps a saga on its way: an answer, an event, a person. `due`: time must pass. */
export function cureOf(model: Model): Happening {
  if (model.pausedAt !== undefined) return { kind: 'resume' };
  const stuck = model.those('stuck')[0];
  if (stuck !== undefined) return model.undoOf(stuck).throws ? skip(stuck) : { kind: 'retry' };
  const open = openOf(model)[0];
  if (open !== undefined) return replyTo(open, 'done', 1);
  const listening = model.those('listening').find((name) => model.step(name).until === null);
  const event = listening === undefined ? undefined : eventsOf(model.planOf(listening))[0];
  return event === undefined ? { kind: 'due' } : eventOf(event, { n: 1 });
}

/** What waits for an answer. */
function openOf(model: Model): Sending[] {
  return model.those('asked', 'undoing').map((step) => {
    const { is, attempt, undoAttempt } = model.step(step);
    return is === 'asked' ? { step, phase: 'do', attempt } : { step, phase: 'undo', attempt: undoAttempt };
  });
}
