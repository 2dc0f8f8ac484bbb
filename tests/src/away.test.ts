import type { ServiceName } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from './support/books.js';
import { quickCart } from './support/customers.js';
import { eventually } from './support/eventually.js';
import type { Answer } from './support/http.js';
import { lockDatabase } from './support/locked-database.js';
import { sharedServers } from './support/shared-shop.js';
import { Shop } from './support/shop.js';

/** How many checkouts are under way when a participant goes away. */
const CAUGHT = 20;
/** How many come afterwards. */
const REFUSED = 200;
/** Who is stopped is noticed by what it does not answer: after 4 s, and a little. Who fails: after a second. */
const NOTICED_MS = 20_000;
/** How far apart checkouts are let through to a participant that might answer again. */
const PROBE_MS = 2_000;

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ stack: sharedServers() });
});
afterAll(() => shop?.close());

const sagas = async () =>
  (await shop.row<{ n: number }>('orchestrator', 'select count(*)::int as n from saga_state')).n;

const isRefused = ({ status, body }: Answer) => status === 503 && body.code === 'PARTICIPANT_UNAVAILABLE';

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; tookMs: number }> {
  const begun = performance.now();
  const value = await work();
  return { value, tookMs: performance.now() - begun };
}

/** How long one new checkout takes to be refused, in ms; undefined if it is not. */
async function refusal(participant: string): Promise<number | undefined> {
  const { value: answer, tookMs } = await timed(() => shop.checkout(quickCart(0), { prefer: 'wait=0' }));
  if (!isRefused(answer)) return undefined;
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(answer.body).toMatchObject({ participant, detail: expect.stringContaining(participant) });
  return tookMs;
}

const percentile = (figures: readonly number[], share: number) =>
  figures.toSorted((one, other) => one - other)[Math.floor(share * figures.length)] ?? Number.NaN;

/** Customers who come one after the other, and after each a question that needs nobody who is away. */
async function refuseMany(participant: string) {
  const [took, plain]: [number[], number[]] = [[], []];
  const { value: passed, tookMs } = await timed(async () => {
    let passed = 0;
    for (let number = 0; number < REFUSED + passed; number++) {
      const tookMs = await refusal(participant);
      if (tookMs === undefined) passed += 1;
      else took.push(tookMs);
      plain.push((await timed(() => shop.gateway.get('/health/ready'))).tookMs);
    }
    return passed;
  });
  return { took, plain, passed, mayPass: 1 + Math.ceil(tookMs / PROBE_MS) };
}

const isReady = async () => (await fetch(`${shop.urlOf('orchestrator')}/health/ready`)).ok;

async function breakerOf(participant: string): Promise<string | undefined> {
  const metrics = await (await fetch(`${shop.urlOf('orchestrator')}/metrics`)).text();
  return new RegExp(`breaker_state{.*participant="${participant}",state="([a-z-]+)".*} 1$`, 'm').exec(metrics)?.[1];
}

/** Takes a participant away, and returns what brings it back. */
type Away = (service: ServiceName, database: Database) => Promise<() => Promise<void>>;

const killed: Away = async (service) => {
  await shop.process(service).kill('SIGKILL');
  return async () => shop.process(service).spawn();
};
const suspended: Away = async (service) => {
  await shop.process(service).kill('SIGSTOP');
  return () => shop.process(service).kill('SIGCONT');
};
const withoutDatabase: Away = (_, database) => lockDatabase(shop.address.databases[database]);

it.each([
  ['order', 'killed', killed, 'order-service', 'orders'],
  ['inventory', 'killed', killed, 'inventory-service', 'inventory'],
  ['payment', 'killed', killed, 'payment-service', 'payments'],
  ['inventory', 'suspended', suspended, 'inventory-service', 'inventory'],
  ['payment', 'without its database', withoutDatabase, 'payment-service', 'payments'],
] as const)(
  'while %s is %s, new checkouts get 503 at once and start nothing; when it is back, all goes on by itself',
  async (participant, how, goAway, service, database) => {
    expect(await shop.checkout(quickCart(0))).toMatchObject({ status: 201 });
    const comeBack = await goAway(service, database);
    const caught = Array.from({ length: CAUGHT }, (_, number) => shop.order(quickCart(number)));
    const takenBefore = (await Promise.all(caught)).filter(({ status }) => status === 202).length;
    const noticed = await timed(() =>
      eventually(`${participant} to be missed`, () => refusal(participant), { timeoutMs: NOTICED_MS }),
    );

    const before = await sagas();
    const { took, plain, passed, mayPass } = await refuseMany(participant);
    const [median, p99, plainP99] = [percentile(took, 0.5), percentile(took, 0.99), percentile(plain, 0.99)];
    console.log(
      `${service} ${how}, ${takenBefore} sagas under way: missed after ${noticed.tookMs.toFixed(0)} ms, then ${took.length} ` +
        `refused in ${median.toFixed(1)} ms (median), ${p99.toFixed(1)} ms (p99; health: ${plainP99.toFixed(1)} ms); ${passed} let through`,
    );
    // One may be let through now and then, to see whether a participant that still has its connection answers again.
    expect((await sagas()) - before).toBe(passed);
    expect(passed).toBeLessThanOrEqual(how === 'killed' ? 0 : mayPass);
    // On a busy machine whatever is asked takes its time.
    expect(median).toBeLessThan(Math.max(50, 3 * percentile(plain, 0.5)));
    expect(p99).toBeLessThan(50 + 3 * Math.max(...plain));
    expect(await isReady()).toBe(true);
    expect(await breakerOf(participant)).not.toBe('closed');
    expect(await breakerOf(participant === 'order' ? 'payment' : 'order')).toBe('closed');

    await comeBack();
    const back = async () => (await shop.checkout(quickCart(0))).status === 201;
    const recovered = await timed(() => eventually('checkouts to succeed again', back, { timeoutMs: 30_000 }));
    console.log(`${service} back: the first checkout succeeds after ${recovered.tookMs.toFixed(0)} ms`);
    expect(await breakerOf(participant)).toBe('closed');
    await shop.settled(90_000);
    expect(await shop.problems()).toEqual([]);
  },
  180_000,
);
