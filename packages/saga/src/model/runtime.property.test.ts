import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryPlan } from './arbitrary-plan.fixture.js';
import { Census, RUNTIME_EXPECTED, traitsOfJournal } from './census.fixture.js';
import { runsOf } from './options.fixture.js';
import { inPortions } from './portions.fixture.js';
import { Town } from './town.fixture.js';
import { arbitraryTrouble } from './trouble.fixture.js';

const ENOUGH = 1_000;
const RUNS = runsOf(ENOUGH, 0.01);
const LEAST = 0.01;

describe('whatever happens to processes that run whatever sagas', { timeout: 100_000_000 }, () => {
  const census = new Census();

  it('every saga ends, its journal is one that the model allows, and its work is done or taken back', async () => {
    await inPortions(
      RUNS,
      census,
      fc.asyncProperty(arbitraryPlan, arbitraryTrouble, async (plan, trouble) => {
        const town = new Town(plan, trouble);
        await town.live();
        for (const { model, logs } of await town.areSound()) census.add(traitsOfJournal(model, logs));
      }),
    );
  });

  it.skipIf(RUNS < ENOUGH)('have been tried with everything that there is', () => {
    expect(census.rarerThan(LEAST, RUNTIME_EXPECTED)).toEqual([]);
  });
});
