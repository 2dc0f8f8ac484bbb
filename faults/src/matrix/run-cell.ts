import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '@saga-checkout/local-stack';
import { buy, type Cart } from '../shop/buyer.js';
import type { Done } from '../shop/fault-plans.js';
import type { Shop } from '../shop/shop.js';
import { type Cell, type CellPlan, DELAY_MS, planOf, STEP_TIMEOUT_MS } from './cell.js';
import type { Keeper } from './keeper.js';
import { scenarioOf } from './scenario.js';

/** What became of a case. */
export interface CellResult {
  readonly cell: Cell;
  readonly tookMs: number;
  /** Empty: all is well. */
  readonly problems: readonly string[];
}

/** Who comes while the process is gone or stopped. */
const OTHERS: readonly Cart[] = ['plain', 'declined'];

const REACHED_MS = 20_000;
const ENDED_MS = 40_000;
/** Beyond the step timeout: late answers are there; and for an orchestrator, a sibling has taken its sagas over. In ms. */
const STOPPED_MS = { participant: STEP_TIMEOUT_MS + 300, orchestrator: STEP_TIMEOUT_MS + 1_100 };

/**
 * Lets one checkout come to the boundary, and others after it; has whatever ended started again, and whatever stopped go
 * on. Then all sagas must have ended, and the books must balance. Never rejects.
 */
export async function runCell(shop: Shop, keeper: Keeper, cell: Cell): Promise<CellResult> {
  const startedAt = performance.now();
  const plan = planOf(cell);
  const problems: string[] = [];
  try {
    shop.plans.forget();
    await shop.plans.follow(plan.plans, shop.processes());
    await play(shop, keeper, cell, plan);
    problems.push(...unmet(plan, shop.plans.done()), ...(await stillUnderWay(shop)));
    await shop.plans.follow({}, shop.processes());
    await shop.services.ready();
    problems.push(...unasked(plan, keeper.deaths()), ...(await shop.problems({ withConsumers: false })));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return { cell, tookMs: Math.round(performance.now() - startedAt), problems };
}

async function play(shop: Shop, keeper: Keeper, cell: Cell, { ending, plans }: CellPlan): Promise<void> {
  const doneOf = (instruction: string) => shop.plans.done().find((done) => done.instruction === instruction);
  // Only a sibling takes over what is overdue: the one that had it must not be back before.
  if (cell.point.name.endsWith('after-claim:overdue')) keeper.holds = () => doneOf(ending) === undefined;
  const bought = [buy(shop, scenarioOf(cell.point.name).cart)];
  const reached = await waitFor(() => doneOf(ending), { timeoutMs: REACHED_MS, everyMs: 5 });
  keeper.holds = () => false;
  bought.push(...OTHERS.map((cart) => buy(shop, cart)));
  if (cell.end === 'stop' && reached) await goOn(cell, reached);
  await Promise.all(bought);
  await shop.ended(ENDED_MS);
  // What was delayed must have come, too, before the books are looked at.
  const delayed = Object.values(plans)
    .flat()
    .find((instruction) => instruction.startsWith('delay:'));
  const sentAt = delayed === undefined ? undefined : doneOf(delayed)?.at;
  if (sentAt !== undefined) await pause(Math.max(0, sentAt + DELAY_MS + 100 - Date.now()));
}

/** Lets a process go on that has been stopped for long enough. */
async function goOn({ point }: Cell, { pid, at }: Done): Promise<void> {
  const stoppedMs = STOPPED_MS[point.service === 'orchestrator' ? 'orchestrator' : 'participant'];
  await pause(Math.max(0, at + stoppedMs - Date.now()));
  process.kill(pid, 'SIGCONT');
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
