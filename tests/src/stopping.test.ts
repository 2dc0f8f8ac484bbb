import { readFileSync } from 'node:fs';
import type { ServiceName, ServiceProcess, Stack } from '@saga-checkout/local-stack';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BACKPACK, cartOf, line } from './support/cart.js';
import { eventually } from './support/eventually.js';
import type { Answer } from './support/http.js';
import { patient } from './support/patience.js';
import { healthOf, PARTICIPANTS, SERVICES, stopped } from './support/processes.js';
import { Shop } from './support/shop.js';
import { openStack } from './support/stack.js';

/** Longer than anything here takes: who goes on with a saga does not wait for it. In ms. */
const STEP_TIMEOUT_MS = 120_000;
const IN_FLIGHT = 8;
// All processes are started anew several times.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await openStack();
  const two = Object.fromEntries(SERVICES.map((service) => [service, 2]));
  const orchestrator = { STEP_TIMEOUT_MS: String(STEP_TIMEOUT_MS) };
  shop = await Shop.open({ stack, replicas: two, env: { orchestrator } });
});
afterAll(async () => {
  expect(await shop?.problems()).toEqual([]);
  await shop?.close();
  await stack?.down();
});
afterEach(async () => {
  for (const process of all()) process.spawn();
  await shop.ready();
  await shop.settled();
});

const all = (): ServiceProcess[] =>
  SERVICES.flatMap((service) => [shop.process(service), shop.process(`${service}-2`)]);

/** Checkouts whose card answers after 2 s, and that are at their payment now. */
async function slowCheckouts(count: number, wait = 30): Promise<{ answers: Promise<Answer[]>; orderIds: string[] }> {
  const carts = Array.from({ length: count }, () => cartOf([line(BACKPACK)], 'tok_slow'));
  const answers = Promise.all(carts.map((cart) => shop.checkout(cart, { prefer: `wait=${wait}` })));
  answers.catch(() => {}); // whoever awaits them is told
  const orderIds = await Promise.all(carts.map(({ userId }) => shop.orderOf(userId)));
  await Promise.all(orderIds.map((orderId) => shop.sagaAt(orderId, 'processPayment')));
  return { answers, orderIds };
}

const statusesOf = (answers: readonly Answer[]) => answers.map(({ status }) => status);
const ownerOf = async (orderId: string) =>
  (
    await shop.row<{ owner: string | null }>('orchestrator', 'select owner from saga_state where business_key = $1', [
      orderId,
    ])
  ).owner;

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('to one of each service, with checkouts under way: each ends with 0 within 10 s, every customer is served', async () => {
    const { answers } = await slowCheckouts(IN_FLIGHT);
    const ends = await Promise.all(SERVICES.map((service) => stopped(shop.process(service), signal)));
    expect(ends.map(({ by }) => by)).toEqual(SERVICES.map(() => 0));
    expect(statusesOf(await answers)).toEqual(Array(IN_FLIGHT).fill(201));
    console.log(`${signal}: ${ends.map(({ tookMs }, at) => `${SERVICES[at]} ${tookMs.toFixed(0)} ms`).join(', ')}`);
  });
});

it('what cannot be finished in time is handed over at once: the customer, who waits all the while, gets the outcome', async () => {
  const payments = [shop.process('payment-service'), shop.process('payment-service-2')];
  await Promise.all(payments.map((each) => each.kill('SIGSTOP')));
  const cart = cartOf([line(BACKPACK)]);
  const answer = shop.checkout(cart, { prefer: 'wait=60' });
  const orderId = await shop.orderOf(cart.userId);
  await shop.sagaAt(orderId, 'processPayment');
  const owner = await ownerOf(orderId);
  const holder = all().find(({ url }) => owner?.endsWith(`:${new URL(url).port}`));
  expect(holder?.service).toBe('orchestrator');
  expect(await stopped(holder as ServiceProcess)).toMatchObject({ by: 0 });
  const leftAt = performance.now();
  await eventually('the sibling to take it over', async () => {
    const next = await ownerOf(orderId);
    return next !== null && next !== owner;
  });
  expect(performance.now() - leftAt).toBeLessThan(patient(2_000));
  await Promise.all(payments.map((each) => each.kill('SIGCONT')));
  expect(await answer).toMatchObject({ status: 201, body: { orderId } });
});

it('a process that is stopping says that it is not ready, and goes on; a second SIGTERM ends it at once', async () => {
  await slowCheckouts(2);
  const process = shop.process('api-gateway');
  const { ended } = process;
  const gone = process.kill('SIGTERM');
  await eventually('it to be not ready', async () => (await healthOf(process, 'ready'))?.status !== 200, {
    everyMs: 5,
  });
  expect(process.alive).toBe(true);
  const told = performance.now();
  await process.kill('SIGTERM');
  await gone;
  expect(await ended).toMatchObject({ code: 1 });
  expect(performance.now() - told).toBeLessThan(patient(1_000));
});

describe('while the broker and the databases', () => {
  it.each([
    ['are gone', (server: Stack['rabbitmq']) => server.kill(), (server: Stack['rabbitmq']) => server.start()],
    ['do not answer', (server: Stack['rabbitmq']) => server.pause(), (server: Stack['rabbitmq']) => server.resume()],
  ] as const)(
    '%s, all end within 10 s of SIGTERM, and their checkouts end when all is back',
    async (_what, leave, comeBack) => {
      const { answers, orderIds } = await slowCheckouts(4);
      const servers = [stack.rabbitmq, stack.postgres as unknown as Stack['rabbitmq']];
      await Promise.all(servers.map(leave));
      const ends = await Promise.all(all().map((each) => stopped(each)));
      console.log(
        ends.map(({ by, tookMs }, at) => `${all()[at]?.name}: ${by} after ${tookMs.toFixed(0)} ms`).join(', '),
      );
      await Promise.all(servers.map(comeBack));
      // Nobody is cut off: all are told that it is under way, or that nobody knows.
      for (const status of statusesOf(await answers)) expect([202, 503]).toContain(status);
      for (const process of all()) process.spawn();
      await shop.ready();
      for (const orderId of orderIds) await shop.sagaIs(orderId, 'COMPLETED');
    },
  );
});

describe('a process that is told to stop while it starts', () => {
  const moments: readonly (readonly [string, (process: ServiceProcess) => unknown])[] = [
    ['at once', () => true],
    ['as soon as it answers', async (process) => (await healthOf(process, 'live')) !== undefined],
  ];
  it.each(moments)('%s, ends in order', async (_when, isThere) => {
    const ones: readonly ServiceProcess[] = [...PARTICIPANTS, 'orchestrator', 'api-gateway'].map((service) =>
      shop.process(service as ServiceName),
    );
    await Promise.all(ones.map((each) => each.kill('SIGKILL')));
    await Promise.all(
      ones.map(async (each) => {
        each.spawn();
        await eventually(`${each.name} to be there`, () => isThere(each), { everyMs: 2, timeoutMs: 60_000 });
        const { by } = await stopped(each);
        // Before it has begun to listen to signals, Node's own answer is to end by them.
        expect([0, 'SIGTERM'], readFileSync(each.logFile, 'utf8').slice(-2_000)).toContain(by);
      }),
    );
  });
});
