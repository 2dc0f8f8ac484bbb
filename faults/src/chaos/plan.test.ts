import { describe, expect, it } from 'vitest';
import { durationOf, titleOf } from './fault.js';
import { planOf, targetOf } from './plan.js';
import { LINKS } from './town.js';

const seeds = Array.from({ length: 50 }, (_, index) => index + 1);

describe('the plan of a run', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(planOf(7, 120)).toEqual(planOf(7, 120));
    expect(planOf(8, 120)).not.toEqual(planOf(7, 120));
  });

  it('of two minutes has nearly every kind, and of twenty seeds each kind many times', () => {
    const kinds = (seed: number) => planOf(seed, 120).map(({ fault }) => fault.kind);
    const counts = Map.groupBy(seeds.slice(0, 20).flatMap(kinds), (kind) => kind);
    expect(counts.size).toBe(20);
    for (const of of counts.values()) expect(of.length).toBeGreaterThanOrEqual(10);
    for (const seed of seeds) expect(new Set(kinds(seed)).size).toBeGreaterThanOrEqual(16);
  });

  it('has a fault every few seconds, and often two at a time', () => {
    for (const seed of seeds) {
      const plan = planOf(seed, 60);
      expect(plan.length).toBeGreaterThanOrEqual(12);
      const overlapping = plan.filter(({ atMs }, index) =>
        plan.slice(0, index).some((earlier) => earlier.atMs + durationOf(earlier.fault) >= atMs),
      );
      expect(overlapping.length).toBeGreaterThanOrEqual(2);
    }
  });

  it('is over in time, and does no two things to the same thing at once', () => {
    for (const seed of seeds) {
      const over = new Map<string, number>();
      for (const { atMs, fault } of planOf(seed, 30)) {
        expect(atMs + durationOf(fault)).toBeLessThanOrEqual(30_000);
        expect(atMs).toBeGreaterThanOrEqual(over.get(targetOf(fault)) ?? 0);
        over.set(targetOf(fault), atMs + durationOf(fault));
      }
    }
  });

  it('does not end the broker after a queue was deleted', () => {
    for (const seed of seeds) {
      const kinds = planOf(seed, 60).map(({ fault }) => fault.kind);
      const deleted = kinds.indexOf('queue deleted');
      const after = deleted === -1 ? [] : kinds.slice(deleted);
      expect(after.filter((kind) => kind === 'broker killed' || kind === 'broker restarted')).toEqual([]);
    }
  });

  it('names links that are there, and can be read', () => {
    for (const { fault } of seeds.flatMap((seed) => planOf(seed, 60))) {
      if ('links' in fault) for (const name of fault.links.names) expect(LINKS).toContain(name);
      expect(titleOf(fault)).not.toMatch(/undefined|object/);
    }
    expect(titleOf({ kind: 'pause', process: 'orchestrator', forMs: 2_100 })).toBe('pause orchestrator for 2.1 s');
  });
});
