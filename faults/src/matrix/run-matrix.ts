import { startStack } from '@saga-checkout/local-stack';
import { type Cell, needsSibling } from './cell.js';
import { runLane } from './lane.js';
import type { CellResult } from './run-cell.js';

export interface MatrixOptions {
  readonly cells: readonly Cell[];
  /** How many shops with one process of each service are open at a time, and how many with two. */
  readonly single: number;
  readonly double: number;
  readonly onResult?: (result: CellResult) => void;
}

/** Runs all cases on servers of its own. The results come in the order of the cases. */
export async function runMatrix({ cells, single, double, onResult }: MatrixOptions): Promise<CellResult[]> {
  const results = new Map<Cell, CellResult>();
  const stack = await startStack({ profile: 'test' });
  const lane = (replicas: number, waiting: Cell[]) =>
    runLane({
      stack,
      replicas,
      next: () => waiting.shift(),
      onResult: (result) => {
        results.set(result.cell, result);
        onResult?.(result);
      },
    });
  try {
    const alone = cells.filter((cell) => !needsSibling(cell));
    const together = cells.filter(needsSibling);
    await Promise.all([
      ...Array.from({ length: single }, () => lane(1, alone)),
      ...Array.from({ length: double }, () => lane(2, together)),
    ]);
  } finally {
    await stack.down();
  }
  return cells.flatMap((cell) => results.get(cell) ?? []);
}
