import type { LogEntry } from '../core/log.js';
import { insist, type Model } from './model.fixture.js';
import { ancestorsOf, indexOf, type Plan } from './plan.fixture.js';
import { newStanding } from './standing.fixture.js';

/**
 * The steps that a saga which begins anew from this one takes over from the ended one; undefined if it cannot, because
 * what it would take over was, or may have been, taken back.
 */
export function takenOver(source: Model, from: string): ReadonlySet<string> | undefined {
  const { plan } = source;
  const others = [...source.steps].filter(([name]) => name !== from && !comesAfter(plan, name, from));
  const isClear = others.every(
    ([, { is, isSettled }]) => ['done', 'pending', 'refused'].includes(is) || (is === 'skipped' && !isSettled),
  );
  if (!isClear || !source.steps.has(from)) return undefined;
  const done = others.filter(([, { is, isDropped }]) => is === 'done' || (is === 'skipped' && !isDropped));
  return new Set(done.map(([name]) => name));
}

const comesAfter = (plan: Plan, name: string, before: string): boolean =>
  ancestorsOf(plan)[indexOf(name)]?.has(indexOf(before)) ?? false;

/** The model learns from its source what it knows of those steps. */
export function adopt(model: Model, source: Model, steps: ReadonlySet<string>): void {
  for (const name of steps) {
    const { is, attempt, undoAttempt, reply, worked } = source.step(name);
    model.steps.set(name, { ...newStanding(), is, attempt, undoAttempt, reply, worked });
  }
}

/** Follows an entry that was copied from the source's journal. */
export function followCopy(model: Model, { seq, event, step, data }: LogEntry): void {
  insist(seq === model.seq + 1, `seq ${seq} after ${model.seq}`);
  model.seq = seq;
  if (event === 'EVENT_RECEIVED' && data.id !== undefined) model.eventIds.add(data.id);
  if (step !== null && (event === 'STEP_COMPLETED' || event === 'STEP_SKIPPED_BY_OPERATOR'))
    model.step(step).doneSeq = seq;
}
