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

/** Runs cases one after the other in a shop of its own; after one that went wrong, in a new shop. */
export async function runLane({ openShop, next, onResult }: LaneOptions): Promise<void> {
  for (let cell = next(); cell !== undefined; ) {
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
