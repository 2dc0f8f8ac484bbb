import { waitFor } from '@saga-checkout/local-stack';
import { buy, type Cart } from '../shop/buyer.js';
import type { Shop } from '../shop/shop.js';

/** What customers do, before the backup and after it: some of every end a checkout can have. */
const CARTS: readonly Cart[] = [
  ...Array<Cart>(6).fill('plain'),
  ...Array<Cart>(2).fill('declined'),
  ...Array<Cart>(2).fill('soldOut'),
  ...Array<Cart>(2).fill('cancelled'),
  'abandoned',
];
/** Checkouts whose card is being charged when all processes are killed. */
const CHARGED: readonly Cart[] = ['slow', 'slow', 'slow'];
/** How many of these orders stand in the end. */
export const STAND = [...CARTS, ...CHARGED].filter((cart) => cart === 'plain' || cart === 'slow').length;
const PATIENCE_MS = 60_000;

const unended = async (shop: Shop, more = ''): Promise<number> =>
  (await shop.rows('orchestrator', `select 1 from saga_state where completed_at is null ${more}`)).length;

/**
 * Checkouts that end, and then some that have not ended when every process is killed; of the `last` one the payment has not
 * begun then. Nothing runs afterwards.
 */
export async function liveAndDie(shop: Shop, last: Cart): Promise<void> {
  await Promise.all(CARTS.map((cart) => buy(shop, cart)));
  await until('all checkouts to end', async () => (await unended(shop)) === 0);
  await Promise.all(CHARGED.map((cart) => buy(shop, cart)));
  const isCharged = `and current_step = 'processPayment'`;
  await until('cards to be charged', async () => (await unended(shop, isCharged)) === CHARGED.length);
  await dieBeforePayment(shop, last);
  await killAll(shop);
}

/** One more checkout, whose payment is in the journal and nowhere else. */
async function dieBeforePayment(shop: Shop, cart: Cart): Promise<void> {
  shop.plans.forget();
  await shop.plans.follow({ orchestrator: ['kill orchestrator:after-commit:processPayment'] }, shop.processes());
  await buy(shop, cart);
  await until('the orchestrator to die', () => !shop.services.get('orchestrator').alive);
}

/** Ends all processes at once, and makes them harmless: none dies by itself when it is started again. */
async function killAll(shop: Shop): Promise<void> {
  await Promise.all(shop.services.list().map((each) => each.kill('SIGKILL')));
  await shop.plans.follow({}, []);
  await shop.disconnect();
}

/** Waits for it. @throws if it does not come to pass */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  if (!(await waitFor(condition, { timeoutMs: PATIENCE_MS })))
    throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}`);
}
