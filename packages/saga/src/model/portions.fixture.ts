import fc from 'fast-check';
import type { Census } from './census.fixture.js';
import { pathWanted, runsWanted, seedWanted } from './options.fixture.js';

const PORTION = 10_000;

/**
 * Tries the property with as many cases as wanted, some thousand at a time; tells how far it is, if it takes long. A
 * failure tells the seed and the path of the case.
 */
export function inPortions<T>(runs: number, census: Census, property: fc.IProperty<T>): void {
  const all = runsWanted ?? runs;
  const seed = seedWanted ?? Date.now() % 0x7fff_ffff;
  const began = performance.now();
  for (let tried = 0; tried < all; tried += PORTION) {
    const numRuns = Math.min(PORTION, all - tried);
    fc.assert(property, { numRuns, seed: seed + tried, ...(pathWanted !== undefined && { path: pathWanted }) });
    if (runsWanted === undefined) continue;
    const perSecond = (1_000 * (tried + numRuns)) / (performance.now() - began);
    console.log(`${tried + numRuns} of ${all} cases, ${perSecond.toFixed(0)} a second, seed ${seed}`);
  }
  if (runsWanted !== undefined) console.log(`what ${census.cases} cases have shown:\n${census}`);
}
