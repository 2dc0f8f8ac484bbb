import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Action, arbitraryAction } from './action.fixture.js';
import { arbitraryPlan, MOST_STEPS } from './arbitrary-plan.fixture.js';
import { Census, EXPECTED, traitsOf } from './census.fixture.js';
import { isSound } from './journal.fixture.js';
import { runsOf } from './options.fixture.js';
import { nameOf } from './plan.fixture.js';
import { Play } from './play.fixture.js';
import { inPortions } from './portions.fixture.js';

const ENOUGH = 15_000;
const RUNS = runsOf(ENOUGH, 1);
/** The share of cases that must show each thing that can happen. */
const LEAST = 0.005;

const cases = fc.record({
  plan: arbitraryPlan,
  restart: fc.nat(MOST_STEPS),
  actions: fc.array(arbitraryAction, { maxLength: 40, size: 'max' }),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

/** Everything is checked on the way, by `Play`; at the end it must have come to an end, and nothing changes it any more. */
function played(play: Play, actions: readonly Action[]): Play {
  for (const action of actions) play.act(action);
  play.finish();
  isSound(play.model.plan, play.logs);
  const { saga, logs } = play;
  const before = [saga, logs.length];
  for (const action of actions) play.act(action);
  expect([play.saga, play.logs.length]).toEqual(before);
  return play;
}

/** The saga, and the one that begins anew from one of its steps, if it can. */
function* tried({ plan, actions, restart }: Case): Iterable<string> {
  const play = played(Play.begun(plan), actions);
  yield* traitsOf(play);
  const again = play.restarted(nameOf(restart));
  if (again === undefined) return;
  yield 'restarted';
  yield* traitsOf(played(again, actions));
}

describe('whatever happens to whatever saga', { timeout: 100_000_000 }, () => {
  const census = new Census();

  it('does what the model allows, and ends', async () => {
    await inPortions(
      RUNS,
      census,
      fc.property(cases, (one) => census.add(tried(one))),
    );
  });

  it.skipIf(RUNS < ENOUGH)('has been tried with everything that there is', () => {
    expect(census.rarerThan(LEAST, EXPECTED)).toEqual([]);
  });
});
