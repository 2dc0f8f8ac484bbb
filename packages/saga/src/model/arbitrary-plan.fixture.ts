import fc from 'fast-check';
import {
  ancestorsOf,
  isPivot,
  type Link,
  type Plan,
  type StepPlan,
  type UndoPlan,
  type WaitPlan,
  type When,
  type WorkPlan,
} from './plan.fixture.js';

export const MOST_STEPS = 8;
/** Few names, so that steps of one saga wait for the same event, and refuse what others wait for. */
export const EVENTS = ['e0', 'e1', 'e2'] as const;

const timeoutMs = fc.constantFrom(100, 1_000, 5_000);
const maxAttempts = fc.integer({ min: 1, max: 3 });
const seldom = (weight: number) =>
  fc.oneof({ weight, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

const undo: fc.Arbitrary<UndoPlan> = fc.record({
  kind: fc.constantFrom('command', 'command', 'local'),
  maxAttempts,
  timeoutMs,
  strategy: fc.constantFrom('deferred', 'deferred', 'immediate'),
  throws: seldom(40),
  when: fc.oneof(
    { weight: 20, arbitrary: fc.constant('always') },
    { weight: 3, arbitrary: fc.constantFrom('never', 'unlessCancelled') },
    { weight: 1, arbitrary: fc.constant('throws') },
  ),
});

const link: fc.Arbitrary<Link> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('next' as const) },
  { weight: 3, arbitrary: fc.constant('beside' as const) },
  { weight: 2, arbitrary: fc.record({ on: fc.uniqueArray(fc.nat(MOST_STEPS - 2), { maxLength: 3 }) }) },
);
const when: fc.Arbitrary<When> = fc.oneof(
  { weight: 40, arbitrary: fc.constant('always') },
  { weight: 10, arbitrary: fc.constant('parity') },
  { weight: 5, arbitrary: fc.constant('never') },
  { weight: 1, arbitrary: fc.constant('throws') },
);

const work: fc.Arbitrary<WorkPlan> = fc.record({
  link,
  when,
  kind: fc.constantFrom('command', 'command', 'local'),
  pivot: seldom(9),
  maxAttempts: fc.oneof(
    { weight: 5, arbitrary: maxAttempts },
    { weight: 1, arbitrary: fc.constant('forever' as const) },
  ),
  timeoutMs,
  mayRefuse: fc.constant(true),
  throws: seldom(40),
  undo: fc.option(undo, { nil: undefined, freq: 4 }),
});

const wait: fc.Arbitrary<WaitPlan> = fc.record({
  link,
  when,
  kind: fc.constant('wait'),
  event: fc.constantFrom(...EVENTS),
  refusedBy: fc.uniqueArray(fc.constantFrom(...EVENTS), { maxLength: 1 }),
  timeoutMs: fc.constantFrom(null, 500, 60_000),
  onTimeout: fc.constantFrom('fail', 'continue'),
});

/** Graphs of one to eight steps with everything that a definition can say. */
export const arbitraryPlan: fc.Arbitrary<Plan> = fc
  .record({
    steps: fc.array(fc.oneof({ weight: 4, arbitrary: work }, { weight: 1, arbitrary: wait }), {
      minLength: 1,
      maxLength: MOST_STEPS,
      size: 'max',
    }),
    timeoutMs: fc.option(fc.constantFrom(10, 500, 3_000, 20_000), { nil: undefined, freq: 2 }),
    ranks: fc.option(fc.array(fc.nat(99), { minLength: MOST_STEPS, maxLength: MOST_STEPS }), {
      nil: undefined,
      freq: 2,
    }),
    startsInMs: fc.option(fc.integer({ min: -100, max: 5_000 }), { nil: undefined, freq: 2 }),
  })
  .map(({ steps, timeoutMs, ranks, startsInMs }) => {
    const lawful = tamed(steps.map(linked));
    return { steps: lawful, timeoutMs, compensationOrder: ranks && orderBy(ranks, lawful), startsInMs };
  });

/** Only steps that come before can be named; what refuses a wait cannot also be what it waits for. */
function linked(step: StepPlan, index: number): StepPlan {
  const link = typeof step.link === 'object' ? { on: step.link.on.filter((on) => on < index) } : step.link;
  if (step.kind !== 'wait') return { ...step, link };
  return { ...step, link, refusedBy: step.refusedBy.filter((event) => event !== step.event) };
}

/** What does not come before a pivot must neither fail nor refuse: there is no way back any more. */
function tamed(steps: readonly StepPlan[]): StepPlan[] {
  const ancestors = ancestorsOf({ steps });
  const pivots = steps.flatMap((step, index) => (isPivot(step) ? [index] : []));
  return steps.map((step, index) => {
    const isBefore = pivots.every((pivot) => pivot === index || ancestors[pivot]?.has(index));
    if (step.kind === 'wait') return isBefore ? step : { ...step, refusedBy: [], onTimeout: 'continue' };
    if (isBefore && !step.pivot) return step;
    const undo = step.undo && { ...step.undo, strategy: 'deferred' as const };
    return { ...step, maxAttempts: 'forever', mayRefuse: isBefore, undo };
  });
}

function orderBy(ranks: readonly number[], steps: readonly StepPlan[]): number[] {
  const undone = steps.flatMap((step, index) => (step.kind !== 'wait' && step.undo !== undefined ? [index] : []));
  return undone.sort((one, other) => (ranks[one] ?? 0) - (ranks[other] ?? 0) || one - other);
}
