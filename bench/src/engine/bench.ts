import { inChild, type Result } from './child.js';
import type { LoadResult } from './measure-load.js';
import type { Server } from './server.js';

export type StoreName = 'memory' | 'postgres';

/** What every part of the bench works with. */
export interface Bench {
  /** Absent if only the memory store is measured. */
  readonly server?: Server;
  readonly stores: readonly StoreName[];
  readonly concurrencies: readonly number[];
  /** Of each load, in s; its warm-up takes half as long. */
  readonly seconds: number;
  /** How often each load is measured; medians are shown. */
  readonly runs: number;
  /** Sagas that a crash leaves behind, and sagas that are overdue. */
  readonly backlog: number;
  /** How often empty and full tables are measured, in turn. */
  readonly pairs: number;
  /** Finished sagas in the tables. */
  readonly finished: number;
  say(line: string): void;
}

/** What a part found out, for people and for programs. */
export interface Findings {
  readonly title: string;
  readonly note: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly data: readonly object[];
}

export interface Case {
  readonly store: StoreName;
  readonly definition: string;
  readonly concurrency: number;
}

/** One load in a process of its own, on an empty store unless the URL of a database is given. */
export async function loadOnce(bench: Bench, measured: Case, url?: string): Promise<LoadResult> {
  const { store, definition, concurrency } = measured;
  const on = (spec: 'memory' | { url: string }) =>
    inChild('load', { store: spec, definition, concurrency, seconds: bench.seconds, warmUp: bench.seconds / 2 });
  const result = await (store === 'memory'
    ? on('memory')
    : url === undefined
      ? serverOf(bench).withDatabase((fresh) => on({ url: fresh }))
      : on({ url }));
  const { perSecond, p50, p99, engineMs, postgresMs } = result;
  const cpu = `CPU ${engineMs.toFixed(3)} + ${postgresMs.toFixed(3)} ms`;
  const times = `p50 ${p50.toFixed(1)} ms · p99 ${p99.toFixed(1)} ms`;
  bench.say(`${store} ${definition} ${concurrency}: ${perSecond.toFixed(0)}/s · ${times} · ${cpu}`);
  return result;
}

/** The server of a part that needs one. */
export function serverOf({ server }: Bench): Server {
  if (server === undefined) throw new Error('this part needs Postgres: let --stores name it');
  return server;
}

/** Each case as often as `runs` says, in turn, so that a noisy minute spoils one run of each and not all runs of one. */
export async function loadInTurn(bench: Bench, cases: readonly Case[]): Promise<(Case & LoadResult)[]> {
  const results = cases.map((): LoadResult[] => []);
  for (let run = 0; run < bench.runs; run++) {
    for (const [index, measured] of cases.entries()) results[index]?.push(await loadOnce(bench, measured));
  }
  return cases.map((measured, index) => ({ ...measured, ...medianOf(results[index] ?? []) }));
}

/** The median of each figure. */
export function medianOf<T extends Readonly<Record<keyof T, number>>>(results: readonly T[]): T {
  const names = Object.keys(results[0] ?? {}) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, median(results.map((result) => result[name]))])) as T;
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other);
  const [upper, lower] = [sorted[sorted.length >> 1], sorted[(sorted.length - 1) >> 1]];
  return ((upper ?? Number.NaN) + (lower ?? Number.NaN)) / 2;
}

export { inChild, type Result };
