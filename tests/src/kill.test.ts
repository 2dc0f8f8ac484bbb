import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Customers, mixedCart, quickCart, type Report } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { sharedServers } from './support/shared-shop.js';
import { Shop } from './support/shop.js';

const CUSTOMERS = 200;
let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ stack: sharedServers() });
});
afterAll(() => shop?.close());

/** Sagas begun since the test began, and how many of them have ended. */
async function progress(since: Date): Promise<{ begun: number; ended: number }> {
  const text = `select count(*)::int as begun, count(completed_at)::int as ended from saga_state where created_at >= $1`;
  return shop.row('orchestrator', text, [since]);
}

/** Kills a service with SIGKILL as soon as so many sagas are under way; returns how many were then. */
async function killInTheMiddle(name: string, since: Date, after: number): Promise<number> {
  const enough = async () => {
    const { begun, ended } = await progress(since);
    return begun - ended >= 30 && ended >= after;
  };
  await eventually('enough sagas to be under way', enough, { everyMs: 1 });
  await shop.process(name).kill('SIGKILL');
  const { begun, ended } = await progress(since);
  expect(begun - ended, 'sagas under way when it was killed').toBeGreaterThan(0);
  return begun - ended;
}

async function expectWell(report: Report): Promise<void> {
  await shop.settled();
  expect(report.undocumented).toEqual([]);
  expect(report.answers).toHaveLength(CUSTOMERS);
  expect(await shop.problems()).toEqual([]);
}

describe(`kill -9 in the middle of ${CUSTOMERS} checkouts, and a start again`, () => {
  const services = ['order-service', 'inventory-service', 'payment-service', 'orchestrator', 'api-gateway'];
  // At the beginning most sagas are at their first steps, later at all of them.
  const cases = services.flatMap((name) => [0, 40].map((after) => [name, after] as const));

  it.each(cases)('of %s, after %i have ended: every saga ends, books balance', async (name, after) => {
    const since = new Date();
    const scarce = await shop.product(10);
    const placing = new Customers(shop).placeAll(Array.from({ length: CUSTOMERS }, (_, number) => mixedCart(number, scarce)));
    const underWay = await killInTheMiddle(name, since, after);
    expect(await shop.problemsUnderLoad()).toEqual([]);
    await shop.process(name).spawn();
    const report = await placing;
    if (name !== 'api-gateway') expect(report.broken).toBe(0);
    await expectWell(report);
    console.log(`${name} killed with ${underWay} sagas under way; answers: ${JSON.stringify(report.statuses)}, broken: ${report.broken}`);
    await shop.ready();
  });

  it('of an orchestrator that is started again in place: all sagas have ended within 2 s of its start', async () => {
    const since = new Date();
    const placing = new Customers(shop).placeAll(Array.from({ length: CUSTOMERS }, (_, number) => quickCart(number)));
    const underWay = await killInTheMiddle('orchestrator', since, 20);
    const spawnedAt = Date.now();
    shop.process('orchestrator').spawn();
    await expectWell(await placing);
    const text = 'select max(completed_at) as last, count(*)::int as count from saga_state where created_at >= $1 and created_at < $2';
    const of = (until: Date) => shop.row<{ last: Date; count: number }>('orchestrator', text, [since, until]);
    const [left, all] = [await of(new Date(spawnedAt)), await of(new Date())];
    const ms = left.last.getTime() - spawnedAt;
    console.log(
      `orchestrator killed with ${underWay} sagas under way: they had all ended ${ms} ms after its start, ` +
        `all ${all.count} checkouts ${all.last.getTime() - spawnedAt} ms after it`,
    );
    expect(ms).toBeLessThan(2_000);
    await shop.ready();
  });
});
