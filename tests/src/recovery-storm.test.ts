import { afterAll, beforeAll, expect, it } from 'vitest';
import { quickCart } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { sharedServers } from './support/shared-shop.js';
import { Shop } from './support/shop.js';

/** How many checkouts are under way when the participant goes away. */
const CAUGHT = 400;
/** A slow machine is still taking them when it is noticed that the participant does not answer, and refuses the rest. */
const AT_LEAST = 100;
/** So short that a step is given up long before the participant is back. */
const STEP_TIMEOUT_MS = '500';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ stack: sharedServers(), env: { orchestrator: { STEP_TIMEOUT_MS } } });
});
afterAll(() => shop?.close());

const sagas = async (status: 'RUNNING' | 'COMPENSATING') => {
  const text = 'select count(*)::int as n from saga_state where status = $1';
  return (await shop.row<{ n: number }>('orchestrator', text, [status])).n;
};

it('hundreds of sagas that wait for a participant end soon after it is back, and customers are served meanwhile', async () => {
  const pids = Object.entries(shop.runningPids()).filter(([name]) => name !== 'payment-service');
  // Suspended at first: a queue that nobody consumes would be noticed before all are taken.
  await shop.process('payment-service').kill('SIGSTOP');
  const answers = await Promise.all(Array.from({ length: CAUGHT }, (_, number) => shop.order(quickCart(number))));
  const taken = answers.filter(({ status }) => status === 202).length;
  expect(taken).toBeGreaterThanOrEqual(AT_LEAST);
  await shop.process('payment-service').kill('SIGKILL');
  const allAreGivenUp = async () => (await sagas('RUNNING')) === 0;
  await eventually('all sagas to be given up', allAreGivenUp, { timeoutMs: 60_000, everyMs: 200 });
  const due = await sagas('COMPENSATING');
  expect(due).toBeGreaterThanOrEqual(AT_LEAST);

  const begun = performance.now();
  const sinceThen = () => `${((performance.now() - begun) / 1_000).toFixed(1)} s`;
  shop.process('payment-service').spawn();
  const isServed = async () => (await shop.checkout(quickCart(0))).status === 201;
  await eventually('a checkout to succeed', isServed, { timeoutMs: 30_000 });
  const servedAfter = sinceThen();
  await shop.settled(90_000);
  console.log(
    `${due} sagas of ${taken} were due: the first checkout succeeded after ${servedAfter}, all had ended after ${sinceThen()}`,
  );
  expect(Object.entries(shop.runningPids()).filter(([name]) => name !== 'payment-service')).toEqual(pids);
  expect(await shop.problems()).toEqual([]);
}, 240_000);
