import type { Happening } from '../core/happening.js';
import type { LogEntry, LogEvent } from '../core/log.js';
import type { Failure } from '../core/saga.js';
import { RETRY } from './definition.fixture.js';
import { insist, type Model } from './model.fixture.js';
import type { WorkPlan } from './plan.fixture.js';
import type { Stand, Standing } from './standing.fixture.js';

export type EntryOf<E extends LogEvent> = Extract<LogEntry, { event: E }>;
/** What made the entry be written; `any`: not known, as when a journal is read afterwards. */
export type Cause = Happening | 'any';
/** When such an entry may follow, and what the model learns from it. @throws Error if it may not */
export type Rule<E extends LogEvent> = (model: Model, entry: EntryOf<E>, cause: Cause) => void;

export const byOne = (cause: Cause, ...kinds: Happening['kind'][]): boolean =>
  cause === 'any' || kinds.includes(cause.kind);

/** The step of the entry, which must stand so. */
export function stepIn(model: Model, { step }: LogEntry, ...stands: Stand[]): { name: string; at: Standing } {
  const name = step ?? 'no step';
  const at = model.step(name);
  insist(stands.includes(at.is), `${name} is ${at.is}, not ${stands.join(' or ')}`);
  return { name, at };
}

export function workOf(model: Model, name: string): WorkPlan {
  const plan = model.planOf(name);
  insist(plan.kind !== 'wait', `${name} waits for an event`);
  return plan;
}

/** Whether such an answer to the latest sending has made the entry. */
export function isAnswer(
  cause: Cause,
  name: string,
  phase: 'do' | 'undo',
  attempt: number,
  ...outcomes: string[]
): boolean {
  if (cause === 'any') return true;
  if (cause.kind !== 'reply' || cause.step !== name || cause.phase !== phase || cause.attempt !== attempt) return false;
  return outcomes.includes(cause.outcome.outcome);
}

/** Of a command that goes out: its deadline, from now on. */
export function sent(
  entry: EntryOf<'STEP_STARTED' | 'STEP_RETRIED' | 'COMPENSATION_STARTED' | 'COMPENSATION_RETRIED'>,
  timeoutMs: number,
): number {
  const { dueAt } = entry.data;
  insist(dueAt === entry.at + timeoutMs, `its deadline is ${dueAt}, not ${entry.at} + ${timeoutMs}`);
  return dueAt;
}

export const isDefinitionError = ({ code }: Failure): boolean => code === 'DEFINITION_ERROR';

/** Of a failed attempt: whether it counts, whether there is another, and when. */
export function countFailure(
  entry: EntryOf<'STEP_FAILED' | 'STEP_TIMED_OUT' | 'COMPENSATION_FAILED'>,
  cause: Cause,
  before: number,
  most: number | 'forever',
  mayGoOn: boolean,
): void {
  const { failures, retryAt } = entry.data;
  const isFree = cause === 'any' ? failures === before : isTransport(cause);
  insist(failures === before + (isFree ? 0 : 1), `${failures} failures after ${before}`);
  const isLeft = mayGoOn && (isFree || most === 'forever' || failures < most);
  insist((retryAt !== undefined) === isLeft, `${failures} failures of ${most}, and the next attempt is ${retryAt}`);
  if (retryAt !== undefined)
    insist(retryAt >= entry.at && retryAt <= entry.at + RETRY.maxDelayMs, 'the delay is not that of the policy');
}

const isTransport = (cause: Happening): boolean =>
  cause.kind === 'reply' && cause.outcome.outcome === 'failed' && cause.outcome.transport === true;
