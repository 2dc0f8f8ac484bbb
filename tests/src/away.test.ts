import type { ServiceName } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { quickCart } from './support/customers.js';
import { eventually } from './support/eventually.js';
import type { Answer } from './support/http.js';
import { sharedServers } from './support/shared-shop.js';
import { Shop } from './support/shop.js';

/** How many checkouts are under way when a participant goes away. */
const CAUGHT = 20;
/** How many come afterwards. */
const REFUSED = 40;
/** A process that is stopped is noticed by what it does not answer: after 4 s, and a little. */
const NOTICED_MS = 15_000;

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open({ stack: sharedServers() });
});
afterAll(() => shop?.close());

const sagas = async () =>
  (await shop.row<{ n: number }>('orchestrator', 'select count(*)::int as n from saga_state')).n;

const isRefused = ({ status, body }: Answer) => status === 503 && body.code === 'PARTICIPANT_UNAVAILABLE';

/** How long one new checkout takes to be refused, in ms; undefined if it is not. */
async function refusal(participant: string): Promise<number | undefined> {
  const begun = performance.now();
  const answer = await shop.checkout(quickCart(0), { prefer: 'wait=0' });
  const tookMs = performance.now() - begun;
  if (!isRefused(answer)) return undefined;
  expect(answer.headers['content-type']).toContain('application/problem+json');
  expect(answer.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(answer.body).toMatchObject({ participant, detail: expect.stringContaining(participant) });
  return tookMs;
}

const isReady = async () => (await fetch(`${shop.urlOf('orchestrator')}/health/ready`)).ok;

async function breakerOf(participant: string): Promise<string | undefined> {
  const metrics = await (await fetch(`${shop.urlOf('orchestrator')}/metrics`)).text();
  return new RegExp(`breaker_state{.*participant="${participant}",state="([a-z-]+)".*} 1$`, 'm').exec(metrics)?.[1];
}

it.each([
  ['payment', 'payment-service', 'killed', 'SIGKILL'],
  ['inventory', 'inventory-service', 'suspended', 'SIGSTOP'],
] as const)(
  'while %s is away (%s %s), new checkouts get 503 at once and start nothing; when it is back, all goes on by itself',
  async (participant, service: ServiceName, _, signal) => {
    const process = shop.process(service);
    expect(await shop.checkout(quickCart(0))).toMatchObject({ status: 201 });
    await process.kill(signal);
    const caught = Array.from({ length: CAUGHT }, (_, number) => shop.order(quickCart(number)));
    const takenBefore = (await Promise.all(caught)).filter(({ status }) => status === 202).length;
    const noticedAfter = performance.now();
    await eventually(`${participant} to be missed`, () => refusal(participant), { timeoutMs: NOTICED_MS });
    const noticedMs = performance.now() - noticedAfter;

    const before = await sagas();
    const took: number[] = [];
    let passed = 0;
    for (let number = 0; number < REFUSED; number++) {
      const tookMs = await refusal(participant);
      if (tookMs === undefined) passed += 1;
      else took.push(tookMs);
    }
    took.sort((one, other) => one - other);
    const [median = Number.NaN, worst] = [took[took.length >> 1], took.at(-1)];
    console.log(
      `${service} ${signal}, ${takenBefore} sagas under way: missed after ${noticedMs.toFixed(0)} ms, then ${took.length} of ` +
        `${REFUSED} refused in ${median.toFixed(1)} ms (median), ${worst?.toFixed(1)} ms at most; ${passed} let through`,
    );
    // One may be let through now and then, to see whether a participant that still has its connection answers again.
    expect((await sagas()) - before).toBe(passed);
    expect(passed).toBeLessThanOrEqual(signal === 'SIGKILL' ? 0 : 2);
    expect(median).toBeLessThan(50);
    expect(await isReady()).toBe(true);
    expect(await breakerOf(participant)).not.toBe('closed');
    expect(await breakerOf('order')).toBe('closed');

    if (signal === 'SIGKILL') process.spawn();
    else await process.kill('SIGCONT');
    const back = async () => (await shop.checkout(quickCart(0))).status === 201;
    await eventually('checkouts to succeed again', back, { timeoutMs: 30_000 });
    expect(await breakerOf(participant)).toBe('closed');
    await shop.settled();
    expect(await shop.problems()).toEqual([]);
  },
);
