import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cart } from './support/cart.js';
import { Customers, mixedCart, quickCart, type Report } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { patient } from './support/patience.js';
import { sharedServers } from './support/shared-shop.js';
import { Shop } from './support/shop.js';

const CUSTOMERS = 200;
/** How many of them wait for an answer at any time. */
const AT_ONCE = 64;
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ stack: sharedServers() });
});
afterAll(() => shop?.close());

/** What became of the sagas that were under way when a process was killed. */
interface Crash {
  readonly report: Report;
  /** How many were under way. */
  readonly underWay: number;
  /** From the spawn of the new process to the end of the last of them, and of all checkouts; in ms. */
  readonly endedMs: number;
  readonly allEndedMs: number;
}

/** Two hundred customers; the service is killed once `ended` of their sagas have ended, and started again. */
async function crash(name: string, ended: number, cart: (number: number) => Cart): Promise<Crash> {
  const since = new Date();
  const carts = Array.from({ length: CUSTOMERS }, (_, number) => cart(number));
  const placing = new Customers(shop).placeAll(carts, AT_ONCE);
  const text = `select count(*)::int as begun, count(completed_at)::int as ended from saga_state where created_at >= $1`;
  const progress = () => shop.row<{ begun: number; ended: number }>('orchestrator', text, [since]);
  const isInTheMiddle = async () => {
    const now = await progress();
    return now.begun - now.ended >= 20 && now.ended >= ended;
  };
  await eventually('enough sagas to be under way', isInTheMiddle, { everyMs: 1 });
  await shop.process(name).kill('SIGKILL');
  const killed = await progress();
  expect(await shop.problemsUnderLoad()).toEqual([]);
  const spawnedAt = Date.now();
  shop.process(name).spawn();
  const report = await placing;
  await shop.settled();
  const last = 'select max(completed_at) as at from saga_state where created_at >= $1 and created_at < $2';
  const endedBy = async (until: number) => {
    const { at } = await shop.row<{ at: Date }>('orchestrator', last, [since, new Date(until)]);
    return at.getTime() - spawnedAt;
  };
  const underWay = killed.begun - killed.ended;
  return { report, underWay, endedMs: await endedBy(spawnedAt), allEndedMs: await endedBy(Date.now()) };
}

async function expectWell(name: string, { report, underWay, endedMs, allEndedMs }: Crash): Promise<void> {
  const { statuses, broken, undocumented, answers } = report;
  console.log(
    `${name} killed with ${underWay} sagas under way: ended ${endedMs} ms after its new start, all checkouts ${allEndedMs} ms ` +
      `after it; answers ${JSON.stringify(statuses)}, broken connections ${broken}`,
  );
  expect(underWay).toBeGreaterThan(0);
  expect(undocumented).toEqual([]);
  expect(answers).toHaveLength(CUSTOMERS);
  if (name !== 'api-gateway') expect(broken).toBe(0);
  await shop.ready();
  expect(await shop.problems()).toEqual([]);
}

describe(`kill -9 in the middle of ${CUSTOMERS} checkouts, and a start again`, () => {
  const services = ['order-service', 'inventory-service', 'payment-service', 'orchestrator', 'api-gateway'];
  // At the beginning all sagas are at their first steps, later at any.
  const cases = services.flatMap((name) => [0, 80].map((ended) => [name, ended] as const));

  it.each(cases)('of %s, when %i have ended: every saga ends, books balance', async (name, ended) => {
    const scarce = await shop.product(10);
    await expectWell(name, await crash(name, ended, (number) => mixedCart(number, scarce)));
  });

  it.each([0, 60, 120])(
    'of the orchestrator, when %i have ended: all have ended within 2 s of its start, more on a busy machine',
    async (ended) => {
      const found = await crash('orchestrator', ended, quickCart);
      await expectWell('orchestrator', found);
      expect(found.endedMs).toBeLessThan(patient(2_000));
    },
  );
});
