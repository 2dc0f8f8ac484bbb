import type { Done } from '../shop/fault-plans.js';
import type { Shop } from '../shop/shop.js';
import { type Cell, type CellPlan, planOf } from './cell.js';
import type { Keeper } from './keeper.js';
import { play } from './play.js';
import { takeoverLimitMs } from './recovery.js';

/** What became of a case. */
export interface CellResult {
  readonly cell: Cell;
  readonly tookMs: number;
  /** How long it took until somebody went on with what was left behind, in ms; undefined if nothing was. */
  readonly takenOverMs?: number | undefined;
  /** Empty: all is well. */
  readonly problems: readonly string[];
}

/**
 * Lets one checkout come to the boundary, and others after it; has whatever ended started again, and whatever stopped go
 * on. Then all sagas must have ended, and the books must balance. Never rejects.
 */
export async function runCell(shop: Shop, keeper: Keeper, cell: Cell): Promise<CellResult> {
  const startedAt = performance.now();
  const plan = planOf(cell);
  const problems: string[] = [];
  let takenOverMs: number | undefined;
  try {
    shop.plans.forget();
    await shop.plans.follow(plan.plans, shop.processes());
    const played = await play(shop, keeper, cell, plan);
    takenOverMs = played.takenOverMs;
    problems.push(...unmet(plan, shop.plans.done()), ...played.missing, ...tooLate(cell, takenOverMs));
    problems.push(...(await stillUnderWay(shop)));
    await shop.plans.follow({}, shop.processes());
    await shop.services.ready();
    problems.push(...unasked(plan, keeper.deaths()), ...(await shop.problems({ withConsumers: false })));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return { cell, tookMs: Math.round(performance.now() - startedAt), takenOverMs, problems };
}

function tooLate(cell: Cell, takenOverMs: number | undefined): string[] {
  const limitMs = Math.round(takeoverLimitMs(cell));
  if (takenOverMs === undefined || takenOverMs <= limitMs) return [];
  return [`what was left behind was gone on with after ${takenOverMs} ms, more than ${limitMs} ms`];
}

/** A case whose point was not reached, or whose message was not spoilt, has shown nothing. */
function unmet({ instructions }: CellPlan, done: readonly Done[]): string[] {
  const names = done.map(({ instruction }) => instruction);
  return instructions.filter((each) => !names.includes(each)).map((each) => `never happened: ${each}`);
}

async function stillUnderWay(shop: Shop): Promise<string[]> {
  const text = `select business_key as id, status, current_step as step from saga_state where completed_at is null limit 5`;
  const rows = await shop.rows<{ id: string; status: string; step: string | null }>('orchestrator', text);
  return rows.map(({ id, status, step }) => `the saga of order ${id} is still ${status} at ${step}`);
}

/** Processes must not end but for the plan. */
function unasked({ instructions }: CellPlan, deaths: number): string[] {
  const kills = instructions.filter((each) => each.startsWith('kill ')).length;
  return deaths > kills ? [`${deaths} processes ended, though the plan ends ${kills}`] : [];
}
