import type { Happening } from '../core/happening.js';
import type { Transition } from '../core/transition.js';
import { insist, type Model } from './model.fixture.js';

/** Whether a happening applies; `idle`: nothing follows from it, though it is not out of place. */
export type Verdict = 'applies' | 'ignored' | 'idle';
type Of<K extends Happening['kind']> = Extract<Happening, { kind: K }>;
const when = (condition: boolean): Verdict => (condition ? 'applies' : 'ignored');

const verdicts: { [K in Happening['kind']]: (model: Model, happening: Of<K>, now: number) => Verdict } = {
  reply: (model, { step, phase, attempt }) => {
    const at = model.steps.get(step);
    if (phase === 'do') return when(at?.is === 'asked' && at.attempt === attempt);
    return when(at?.is === 'undoing' && at.undoAttempt === attempt);
  },

  due: (model, _, now) => when(isOverdue(model, now)),

  recovered: (model, _, now) => {
    if (model.ended !== undefined) return 'ignored';
    const isDue = (name: string) => (model.step(name).until ?? now) <= now;
    const again = [...model.those('asked', 'undoing'), ...model.those('backoff', 'undoBackoff').filter(isDue)];
    return !model.isHeld && (again.length > 0 || mayBegin(model, now)) ? 'applies' : 'idle';
  },

  event: (model, { event, payload, id }) => {
    if (!isToken(payload) || (id !== undefined && model.eventIds.has(id))) return 'ignored';
    const kept = model.kept.map((it) => it.event);
    return when(mostTaken(model, [...kept, event]) > mostTaken(model, kept));
  },

  cancelRequested: (model) => when(!model.isParked && canBeCalledOff(model)),

  compensate: (model) => {
    // Of a saga that fails already, it calls off the waiting for outcomes.
    if (model.failure !== undefined) return when(!model.isHeld && !model.back);
    return when(!model.isParked && canBeCalledOff(model));
  },

  pause: (model) => when(!model.isHeld),
  resume: (model) => when(model.pausedAt !== undefined),

  retry: (model) => {
    if (model.ended !== undefined) return 'ignored';
    const waits = model.those('backoff', 'undoBackoff').length > 0;
    return when(model.pausedAt === undefined && (model.isParked || waits));
  },

  skip: (model, { step }) => {
    const { is, retryAt } = model.steps.get(step) ?? {};
    if (is === undefined || model.ended !== undefined) return 'ignored';
    // A failed attempt that is being taken back, to be followed by the next one.
    if (retryAt !== undefined && model.failure === undefined) return 'ignored';
    if (['undoing', 'undoBackoff', 'stuck'].includes(is)) return 'applies';
    return when(model.failure === undefined && ['pending', 'asked', 'backoff', 'listening'].includes(is));
  },
};

function canBeCalledOff(model: Model): boolean {
  return model.ended === undefined && model.failure === undefined && !model.isPastPivot;
}

/** Whether something should have happened by now. */
function isOverdue(model: Model, now: number): boolean {
  if (model.isHeld) return false;
  if (model.deadline() <= now || mayBegin(model, now)) return true;
  const untils = [...model.steps.values()].map(({ until }) => until);
  return untils.some((until) => until !== null && until <= now);
}

/** How many of the events could go to a step of their own. */
function mostTaken(model: Model, events: readonly string[], taken: readonly string[] = []): number {
  const [event, ...rest] = events;
  if (event === undefined) return 0;
  const takers = model.wanting(event).filter((name) => !taken.includes(name));
  const withTaker = takers.map((name) => 1 + mostTaken(model, rest, [...taken, name]));
  return Math.max(mostTaken(model, rest, taken), ...withTaker);
}

/** Whether the time to start has come, and nothing has been made of it yet. */
function mayBegin(model: Model, now: number): boolean {
  const isAllBehind = model.those('done', 'skipped').length === model.steps.size;
  return model.goesForward(now) && (isAllBehind || model.those('pending').some((name) => model.isReady(name)));
}

const isToken = (payload: unknown): boolean =>
  typeof payload === 'object' && payload !== null && 'n' in payload && Number.isInteger(payload.n);

/** What the rules say about the happening, before it is tried. */
export function verdictOf(model: Model, happening: Happening, now: number): Verdict {
  const verdict = verdicts[happening.kind] as (model: Model, happening: Happening, now: number) => Verdict;
  return verdict(model, happening, now);
}

/** Throws if it was ignored and must not have been, or the other way round. */
export function agree(verdict: Verdict, happening: Happening, { ignored, logs }: Transition): void {
  const what = JSON.stringify(happening);
  const changed = logs.some(({ event }) => event !== 'LATE_REPLY_IGNORED');
  if (verdict === 'applies') insist(changed, `${what} applies, but nothing follows: ${ignored}`);
  if (verdict === 'idle') insist(!changed, `${what} changes something`);
  if (verdict === 'ignored') insist(!changed && ignored !== undefined, `${what} does not apply, but is not ignored`);
}
