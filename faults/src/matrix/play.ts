import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '@saga-checkout/local-stack';
import { buy, type Cart } from '../shop/buyer.js';
import type { Done } from '../shop/fault-plans.js';
import type { Shop } from '../shop/shop.js';
import { cancelAtSibling } from './cancel-at-sibling.js';
import { type Cell, type CellPlan, DELAY_MS, STEP_TIMEOUT_MS } from './cell.js';
import { comesAgain, isTakenOver, neverLost, neverMissed, notBackInQueue, takenOver } from './evidence.js';
import { journalOf, latestSagaSince, type SagaIds } from './journal.js';
import type { Keeper } from './keeper.js';
import { takenOverMs } from './recovery.js';
import { scenarioOf } from './scenario.js';

/** Who comes while the process is gone or stopped. */
const OTHERS: readonly Cart[] = ['plain', 'declined'];

/** Who steps in while the card is charged may come too late on a busy machine: then another checkout is placed. */
const STEP_IN: readonly Cart[] = ['cancelled', 'abandoned', 'paused'];
const MOST_TIMES = 5;

const REACHED_MS = 40_000;
const ENDED_MS = 40_000;
/** Beyond the step timeout: late answers are there; and for an orchestrator, a sibling has taken its sagas over. In ms. */
const STOPPED_MS = { participant: STEP_TIMEOUT_MS + 300, orchestrator: STEP_TIMEOUT_MS + 1_100 };

/** What a case has shown by its end. */
export interface Played {
  /** What it should have shown and did not. */
  readonly missing: readonly string[];
  /** How long it took until somebody went on with what was left behind, in ms; undefined if nothing was. */
  readonly takenOverMs?: number | undefined;
}

/** A checkout comes to the boundary, and others after it; what stopped goes on; in the end all sagas have ended. */
export async function play(shop: Shop, keeper: Keeper, cell: Cell, { ending, plans }: CellPlan): Promise<Played> {
  const startedAt = Date.now();
  const doneOf = (instruction: string) => shop.plans.done().find((done) => done.instruction === instruction);
  let mayRestart = false;
  // Only a sibling takes over what is overdue: the one that had it must not be back before.
  if (cell.point.name.endsWith('after-claim:overdue')) keeper.holds = () => doneOf(ending) === undefined;
  // Nobody must take back what a killed participant had, before it has been counted.
  if (comesAgain(cell)) keeper.holds = () => !mayRestart && doneOf(ending) !== undefined;
  const bought = [come(shop, scenarioOf(cell).cart, () => doneOf(ending) !== undefined)];
  const reached = await waitFor(() => doneOf(ending), { timeoutMs: REACHED_MS, everyMs: 5 });
  const saga = reached && (await latestSagaSince(shop, startedAt));
  const missing = saga && comesAgain(cell) ? await notBackInQueue(shop, cell, saga) : [];
  mayRestart = true;
  keeper.holds = () => false;
  bought.push(...OTHERS.map(async (cart) => void (await buy(shop, cart))));
  if (cell.end === 'stop' && reached) await goOn(shop, cell, reached, saga);
  await Promise.all(bought);
  await shop.ended(ENDED_MS);
  await delayedHasCome(plans, doneOf);
  if (reached === undefined || saga === undefined) return { missing };
  return {
    missing: [...missing, ...(await shown(shop, cell, reached, saga))],
    ...(await takeover(shop, cell, reached, saga)),
  };
}

/** Places the checkout that comes to the boundary. */
async function come(shop: Shop, cart: Cart, isReached: () => boolean): Promise<void> {
  for (let time = 1; time <= (STEP_IN.includes(cart) ? MOST_TIMES : 1); time++) {
    await buy(shop, cart);
    await shop.ended(ENDED_MS);
    if (isReached()) return;
  }
}

/** Lets a process go on that has been stopped for long enough, and an orchestrator not before a sibling has its saga. */
async function goOn(shop: Shop, cell: Cell, { pid, at }: Done, saga: SagaIds | undefined): Promise<void> {
  try {
    const stoppedMs = STOPPED_MS[cell.point.service === 'orchestrator' ? 'orchestrator' : 'participant'];
    if (saga && isTakenOver(cell)) {
      // What the late writer wants is then not what the sibling has decided meanwhile.
      if (cell.fate === 'nothing') await cancelAtSibling(shop, saga, pid);
      await takenOver(shop, saga, at);
    }
    await pause(Math.max(0, at + stoppedMs - Date.now()));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

/** What was delayed must have come, too, before the books are looked at. */
async function delayedHasCome(plans: CellPlan['plans'], doneOf: (instruction: string) => Done | undefined) {
  const delayed = Object.values(plans)
    .flat()
    .find((instruction) => instruction.startsWith('delay:'));
  const sentAt = delayed === undefined ? undefined : doneOf(delayed)?.at;
  if (sentAt !== undefined) await pause(Math.max(0, sentAt + DELAY_MS + 100 - Date.now()));
}

async function shown(shop: Shop, cell: Cell, reached: Done, saga: SagaIds): Promise<string[]> {
  const missed = neverMissed(cell, await journalOf(shop, saga));
  return isTakenOver(cell) ? [...missed, ...(await neverLost(shop, saga, reached))] : missed;
}

async function takeover(shop: Shop, cell: Cell, { at }: Done, saga: SagaIds) {
  return { takenOverMs: takenOverMs(cell, at, await journalOf(shop, saga)) };
}
