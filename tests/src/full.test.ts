import { afterAll, beforeAll, expect, it } from 'vitest';
import { BACKPACK, cartOf, line } from './support/cart.js';
import { sharedServers } from './support/shared-shop.js';
import { Shop } from './support/shop.js';

/** How many sagas the orchestrator takes on at a time. */
const PLACES = 20;
/** How many come, and how many at the same time. */
const [COMERS, AT_ONCE] = [400, 40];

let shop: Shop;
beforeAll(async () => {
  const env = { orchestrator: { MAX_CONCURRENT_SAGAS: String(PLACES) } };
  shop = await Shop.open({ stack: sharedServers(), env });
});
afterAll(() => shop?.close());

it('orders that nobody waits for do not pile up: past the places, 503 and when to come back', async () => {
  let [left, most] = [COMERS, 0];
  const answers: Awaited<ReturnType<Shop['order']>>[] = [];
  const customer = async () => {
    // The provider takes its time over this card, so that the sagas stay.
    while (left-- > 0) answers.push(await shop.order(cartOf([line(BACKPACK)], 'tok_slow')));
  };
  const watcher = async () => {
    while (answers.length < COMERS) most = Math.max(most, await shop.sagasUnderWay());
  };
  await Promise.all([...Array.from({ length: AT_ONCE }, customer), watcher()]);

  const refused = answers.filter(({ status }) => status === 503);
  expect(answers.filter(({ status }) => status === 202).length + refused.length).toBe(COMERS);
  for (const { headers, body } of refused) {
    expect(body.code).toBe('ORCHESTRATOR_FULL');
    expect(headers['retry-after']).toMatch(/^[123]$/);
  }
  expect(new Set(refused.map(({ headers }) => headers['retry-after'])).size).toBe(3);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(PLACES);
  await shop.settled();
  expect(await shop.problems()).toEqual([]);
});
