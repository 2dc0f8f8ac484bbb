import type { LogEntry, LogEvent } from '../core/log.js';
import type { SagaStatus } from '../core/saga.js';
import type { Model } from './model.fixture.js';
import { isPivot, type Plan, type StepPlan, undoOf } from './plan.fixture.js';
import type { Play } from './play.fixture.js';

/** How many cases have shown what: tells that the generators reach everything. */
export class Census {
  cases = 0;
  readonly #counts = new Map<string, number>();

  add(traits: Iterable<string>): void {
    this.cases++;
    for (const trait of new Set(traits)) this.#counts.set(trait, this.of(trait) + 1);
  }

  of(trait: string): number {
    return this.#counts.get(trait) ?? 0;
  }

  /** Those that fewer cases have shown than this share of all. */
  rarerThan(share: number, traits: readonly string[]): string[] {
    return traits.filter((trait) => this.of(trait) < share * this.cases);
  }

  /** One line per trait, with the share of cases that have shown it. */
  toString(): string {
    const lines = [...this.#counts].sort(([one], [other]) => one.localeCompare(other));
    return lines
      .map(([trait, count]) => `${((100 * count) / this.cases).toFixed(2).padStart(7)} %  ${trait}`)
      .join('\n');
  }
}

export function* traitsOf({ model, logs, statuses, happened }: Play): Iterable<string> {
  yield* traitsOfJournal(model, logs);
  for (const status of statuses) yield `status ${status}`;
  for (const happening of happened) yield `happening ${happening}`;
}

export function* traitsOfJournal({ plan, ended }: Model, logs: readonly LogEntry[]): Iterable<string> {
  yield* traitsOfPlan(plan);
  yield `end ${ended}`;
  for (const { event, data } of logs) {
    yield `event ${event}`;
    if (event === 'COMPENSATION_STARTED' && 'immediate' in data) yield 'immediate compensation';
    if (event === 'STEP_COMPENSATED') yield 'compensation';
  }
}

function* traitsOfPlan({ steps, timeoutMs, compensationOrder, startsInMs }: Plan): Iterable<string> {
  for (const step of steps) yield* traitsOfStep(step);
  yield `plan with ${steps.length} steps`;
  if (timeoutMs !== undefined) yield 'plan with a timeout';
  if (compensationOrder !== undefined) yield 'plan with a compensation order';
  if (startsInMs !== undefined) yield 'plan with a start time';
}

function* traitsOfStep(step: StepPlan): Iterable<string> {
  yield `step ${step.kind}`;
  yield typeof step.link === 'object' ? 'step after named ones' : `step ${step.link}`;
  yield `step when ${step.when}`;
  if (isPivot(step)) yield 'step pivot';
  if (step.kind !== 'wait' && step.maxAttempts === 'forever') yield 'step retried forever';
  if (step.kind === 'wait') yield `step wait ${step.timeoutMs === null ? 'without timeout' : step.onTimeout}`;
  const undo = undoOf(step);
  if (undo !== undefined) yield `undo ${undo.kind} ${undo.strategy} when ${undo.when}`;
}

const EVENTS: { readonly [E in LogEvent]: true } = {
  SAGA_STARTED: true,
  STEP_STARTED: true,
  STEP_COMPLETED: true,
  STEP_REFUSED: true,
  STEP_FAILED: true,
  STEP_TIMED_OUT: true,
  STEP_RETRIED: true,
  STEP_SKIPPED: true,
  EVENT_AWAITED: true,
  EVENT_RECEIVED: true,
  COMPENSATION_STARTED: true,
  COMPENSATION_SKIPPED: true,
  STEP_COMPENSATED: true,
  COMPENSATION_FAILED: true,
  COMPENSATION_RETRIED: true,
  SAGA_COMPLETED: true,
  SAGA_COMPENSATED: true,
  SAGA_CLAIMED: true,
  SAGA_CANCEL_REQUESTED: true,
  SAGA_RETRIED: true,
  SAGA_PAUSED: true,
  SAGA_RESUMED: true,
  SAGA_TIMED_OUT: true,
  STEP_SKIPPED_BY_OPERATOR: true,
  LATE_REPLY_IGNORED: true,
};
const STATUSES: { readonly [S in SagaStatus]: true } = {
  RUNNING: true,
  WAITING: true,
  PAUSED: true,
  COMPENSATING: true,
  COMPENSATION_FAILED: true,
  COMPLETED: true,
  COMPENSATED: true,
};

const EVERY_EVENT = Object.keys(EVENTS).map((event) => `event ${event}`);

/** What a number of cases of the whole runtime must have shown. */
export const RUNTIME_EXPECTED: readonly string[] = [...EVERY_EVENT, 'end COMPLETED', 'end COMPENSATED'];

/** What a number of cases must have shown. SAGA_CLAIMED is an entry of the store's, not of a transition. */
export const EXPECTED: readonly string[] = [
  ...EVERY_EVENT.filter((event) => event !== 'event SAGA_CLAIMED'),
  ...Object.keys(STATUSES).map((status) => `status ${status}`),
  ...['command', 'local', 'wait', 'pivot', 'beside', 'next', 'after named ones', 'retried forever'].map(
    (it) => `step ${it}`,
  ),
  ...['always', 'never', 'parity', 'throws'].map((when) => `step when ${when}`),
  ...['fail', 'continue', 'without timeout'].map((end) => `step wait ${end}`),
  ...['timeout', 'compensation order', 'start time'].map((it) => `plan with a ${it}`),
  'immediate compensation',
  'compensation',
  'restarted',
];
