import { type Bench, type Case, type Findings, loadInTurn } from './bench.js';
import type { LoadResult } from './measure-load.js';

/** How it does with ever more sagas at once. */
export async function concurrency(bench: Bench): Promise<Findings[]> {
  const cases = bench.stores.flatMap((store) =>
    bench.concurrencies.map((count) => ({ store, definition: 'sequence4', concurrency: count })),
  );
  const data = await loadInTurn(bench, cases);
  return [
    {
      title: 'Sagas at once',
      note: 'Four steps in sequence. Statements, commits, WAL and CPU are per saga; the heap is per saga that waits for a reply.',
      head: ['store', 'at once', ...HEAD],
      rows: data.map((result) => [result.store, String(result.concurrency), ...cells(result)]),
      data,
    },
  ];
}

/** How it does with ever longer sagas. */
export async function steps(bench: Bench): Promise<Findings[]> {
  const definitions = ['sequence1', 'sequence8', 'graph8', 'sequence32'];
  const cases = bench.stores.flatMap((store) =>
    definitions.map((definition): Case => ({ store, definition, concurrency: 100 })),
  );
  const data = await loadInTurn(bench, cases);
  return [
    {
      title: 'Longer sagas',
      note: '100 at once.',
      head: ['store', 'saga', ...HEAD],
      rows: data.map((result) => [result.store, result.definition, ...cells(result)]),
      data,
    },
  ];
}

export const HEAD = [
  'sagas/s',
  'p50 ms',
  'p99 ms',
  'statements',
  'commits',
  'WAL kB',
  'CPU ms engine',
  'Postgres',
  'heap kB',
];

export function cells(result: LoadResult): string[] {
  return [
    result.perSecond.toFixed(0),
    result.p50.toFixed(1),
    result.p99.toFixed(1),
    result.statements.toFixed(3),
    result.commits.toFixed(3),
    (result.walBytes / 1_000).toFixed(1),
    result.engineMs.toFixed(3),
    result.postgresMs.toFixed(3),
    Number.isNaN(result.heapBytes) ? '' : (result.heapBytes / 1_000).toFixed(1),
  ];
}
