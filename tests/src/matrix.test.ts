import { beforeAll, describe, expect, it } from 'vitest';
import { type Cell, sampleOf, titleOf } from '../../faults/src/matrix/cell.js';
import { allPoints } from '../../faults/src/matrix/points.js';
import type { CellResult } from '../../faults/src/matrix/run-cell.js';
import { runMatrix } from '../../faults/src/matrix/run-matrix.js';
import { sharedServers } from './support/shared-shop.js';

/** Each boundary once, with one of its eight cases; `pnpm faults:matrix` runs all eight. */
const cells: Cell[] = sampleOf(await allPoints(), 0);
const results = new Map<Cell, CellResult>();

describe('a process that is killed or stopped at a boundary: every saga ends, books balance, nothing is done twice', () => {
  beforeAll(async () => {
    const onResult = (result: CellResult) => void results.set(result.cell, result);
    await runMatrix({ cells, single: 2, double: 2, servers: sharedServers(), onResult });
  }, 900_000);

  it.each(cells.map((cell) => [titleOf(cell), cell] as const))('%s', (_, cell) => {
    expect(results.get(cell)?.problems).toEqual([]);
  });
});
