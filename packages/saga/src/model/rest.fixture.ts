import { isDeepStrictEqual } from 'node:util';
import { failureOf, type SagaState } from '../core/saga.js';
import { insist, type Model } from './model.fixture.js';
import { isPivot } from './plan.fixture.js';
import { STATUS } from './standing.fixture.js';

/** Checks that nothing is left undone that should follow at once, and that the engine says of the saga what the model says. */
export function isAtRest(model: Model, saga: SagaState, dueAt: number | null, now: number): void {
  for (const [name, { is }] of model.steps)
    insist(saga.steps[name]?.status === STATUS[is], `${name} is ${is}, but the saga says ${saga.steps[name]?.status}`);
  insist(saga.status === statusOf(model, now), `the saga is ${saga.status}, not ${statusOf(model, now)}`);
  insist(isDeepStrictEqual(failureOf(saga), model.failure), `it fails with ${JSON.stringify(failureOf(saga))}`);
  insist('pausedAt' in saga === (saga.status === 'PAUSED'), 'it is paused, or it is not');
  insist((saga.pausedMs ?? 0) === model.pausedMs, `it was paused for ${saga.pausedMs} ms, not ${model.pausedMs}`);
  insist((saga.events ?? []).length === model.kept.length, `it keeps ${model.kept.length} events`);
  const due = dueAtOf(model, now);
  insist(dueAt === due, `it is due ${dueAt}, not ${due}, at ${now}`);
  if (!model.isHeld) (model.failure === undefined ? nothingMoreStarts : nothingMoreEnds)(model, now);
}

function nothingMoreStarts(model: Model, now: number): void {
  if (!model.goesForward(now)) return;
  insist(model.those('done', 'skipped').length < model.steps.size, 'all is behind it, but it does not end');
  for (const name of model.those('pending')) insist(!model.isReady(name), `${name} is ready, but does not start`);
  for (const name of model.those('listening'))
    insist(model.keptFor(name) === undefined, `the event that ${name} waits for is there`);
  for (const name of model.those('backoff')) insist(!model.step(name).undoFirst, `${name} is to be taken back first`);
}

function nothingMoreEnds(model: Model): void {
  insist(model.those('listening').length === 0, 'it waits for events, though it fails');
  const givenUp = model.those('backoff', ...(model.isCalledOff ? (['asked'] as const) : []));
  for (const name of givenUp) insist(isPivot(model.planOf(name)), `${name} is not given up`);
  insist(model.isAtWork(), 'nothing is at work, but it does not go back');
}

/** The status that the rules give it. */
function statusOf(model: Model, now: number): SagaState['status'] {
  if (model.ended !== undefined) return model.ended;
  if (model.isParked) return 'COMPENSATION_FAILED';
  if (model.pausedAt !== undefined) return 'PAUSED';
  if (model.back) return 'COMPENSATING';
  const waits = model.those('asked', 'backoff', 'undoing', 'undoBackoff').length === 0;
  return waits || model.isEarly(now) ? 'WAITING' : 'RUNNING';
}

function dueAtOf(model: Model, now: number): number | null {
  if (model.isHeld) return null;
  if (model.isEarly(now)) return model.startsAt;
  const untils = [...model.steps.values()].map(({ until }) => until ?? Number.POSITIVE_INFINITY);
  const due = Math.min(model.deadline(), ...untils);
  return due === Number.POSITIVE_INFINITY ? null : due;
}
