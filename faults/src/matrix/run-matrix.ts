import { startStack } from '@saga-checkout/local-stack';
import { Shop, type TestServers } from '../shop/shop.js';
import { type Cell, needsSibling, STEP_TIMEOUT_MS } from './cell.js';
import { runLane } from './lane.js';
import type { CellResult } from './run-cell.js';

export interface MatrixOptions {
  readonly cells: readonly Cell[];
  /** How many shops with one process of each service are open at a time, and how many with two. */
  readonly single: number;
  readonly double: number;
  readonly onResult?: (result: CellResult) => void;
  /** Running servers to work with; its own if absent. */
  readonly servers?: TestServers;
}

/** Runs all cases, on servers of its own unless it is given others. The results come in the order of the cases. */
export async function runMatrix({ cells, single, double, onResult, servers }: MatrixOptions): Promise<CellResult[]> {
  const results = new Map<Cell, CellResult>();
  const own = servers === undefined ? await startStack({ profile: 'test' }) : undefined;
  const openShop = inTurn((replicas: number) =>
    Shop.open({ stack: servers ?? own!, replicas, stepTimeoutMs: STEP_TIMEOUT_MS }),
  );
  const lane = (replicas: number, waiting: Cell[]) =>
    runLane({
      openShop: () => openShop(replicas),
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
    await own?.down();
  }
  return cells.flatMap((cell) => results.get(cell) ?? []);
}

/** One call after the other: shops that are opened at the same time would be in each other's way. */
function inTurn<A, T>(work: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (argument) => {
    const mine = last.then(() => work(argument));
    last = mine.catch(() => {}); // whoever asked for it hears of it
    return mine;
  };
}
