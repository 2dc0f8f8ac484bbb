import fc from 'fast-check';
import type { Census } from './census.fixture.js';
import { isLong, pathWanted, seedWanted } from './options.fixture.js';

const PORTIONS = 100;
const LEAST = 2_000;

/**
 * Tries the property with so many cases, portion by portion; tells how far it is, if it takes long. A failure tells the
 * seed and the path of the case.
 */
export async function inPortions<T>(runs: number, census: Census, property: fc.IRawProperty<T>): Promise<void> {
  const seed = seedWanted ?? Date.now() % 0x7fff_ffff;
  const portion = Math.max(LEAST, Math.ceil(runs / PORTIONS));
  const began = performance.now();
  for (let tried = 0; tried < runs; tried += portion) {
    const numRuns = Math.min(portion, runs - tried);
    await fc.assert(property, { numRuns, seed: seed + tried, ...(pathWanted !== undefined && { path: pathWanted }) });
    if (!isLong) continue;
    const perSecond = (1_000 * (tried + numRuns)) / (performance.now() - began);
    console.log(`${tried + numRuns} of ${runs} cases, ${perSecond.toFixed(0)} a second, seed ${seed}`);
  }
  if (isLong) console.log(`what ${census.cases} sagas have shown:\n${census}`);
}
