import type { Shop } from '../shop/shop.js';
import type { Cell } from './cell.js';
import { Keeper } from './keeper.js';
import { type CellResult, runCell } from './run-cell.js';

export interface LaneOptions {
  readonly openShop: () => Promise<Shop>;
  /** Gives the next case, as long as there is one. */
  readonly next: () => Cell | undefined;
  readonly onResult: (result: CellResult) => void;
}

/**
 * Runs cases one after the other in a shop of its own; after one that went wrong, in a new shop. One whose boundary was not
 * reached has shown nothing, for better or worse: it is run once more before it counts.
 */
export async function runLane(options: LaneOptions): Promise<void> {
  const { openShop } = options;
  const missed: Cell[] = [];
  const again = new Set<Cell>();
  const next = () => missed.pop() ?? options.next();
  const onResult = (result: CellResult) => {
    if (!wasMissed(result) || again.has(result.cell)) return options.onResult(result);
    again.add(result.cell);
    missed.push(result.cell);
  };
  for (let cell = next(); cell !== undefined; cell ??= next()) {
    const shop = await openShop();
    const keeper = new Keeper(shop.processes());
    try {
      let last: CellResult | undefined;
      for (; cell !== undefined && (last === undefined || last.problems.length === 0); cell = next()) {
        if (last !== undefined) onResult(last);
        last = await runCell(shop, keeper, cell);
      }
      // What consumers hold is counted once a second only, so that it is looked at when a shop closes.
      const left = last?.problems.length === 0 ? await shop.problems({ withConsumers: true }) : [];
      if (last !== undefined) onResult({ ...last, problems: [...last.problems, ...left] });
    } finally {
      keeper.stop();
      await shop.close();
    }
  }
}

const wasMissed = ({ problems }: CellResult): boolean =>
  problems.length > 0 && problems.every((problem) => problem.startsWith('never happened: '));
