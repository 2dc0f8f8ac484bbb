import { migrate, type ServiceName, type ServiceProcess, type Stack, seed } from '@saga-checkout/local-stack';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { quickCart } from './support/customers.js';
import { eventually } from './support/eventually.js';
import { patient } from './support/patience.js';
import { expectMissing, healthOf, PARTICIPANTS, SERVICES } from './support/processes.js';
import { Shop } from './support/shop.js';
import { openStack } from './support/stack.js';

/** How soon a service says that it has lost or found what it needs, in ms. */
const NOTICED_MS = 3_000;
const STATEFUL = [...PARTICIPANTS, 'orchestrator'] as const;
// All processes are started anew several times.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await openStack();
  shop = await Shop.open({ stack });
});
afterAll(async () => {
  await shop?.settled();
  expect(await shop?.problems()).toEqual([]);
  await shop?.close();
  await stack?.down();
});

const of = (service: ServiceName): ServiceProcess => shop.process(service);
const every = SERVICES.map((service) => () => of(service));
const killAll = () => Promise.all(every.map((one) => one().kill('SIGKILL')));
const pids = () => every.map((one) => one().pid);

/** All have become ready by themselves, as the processes that they were, and a customer is served. */
async function expectOpen(before: readonly unknown[]): Promise<void> {
  await shop.ready();
  expect(pids()).toEqual(before);
  expect(await shop.checkout(quickCart(0))).toMatchObject({ status: 201 });
}

describe('services that start', () => {
  it.each([
    ['the broker', 'the databases', () => stack.rabbitmq, () => stack.postgres],
    ['the databases', 'the broker', () => stack.postgres, () => stack.rabbitmq],
  ] as const)(
    'before %s, which come last, and %s: live, not ready, with the reason; then ready',
    async (_last, _first, last, first) => {
      await killAll();
      // In order: a RabbitMQ 3.10 that is killed within seconds of a queue's declaration may not find that queue again.
      await Promise.all([last().stop(), first().stop()]);
      for (const one of every) one().spawn();
      const before = pids();
      await Promise.all([
        ...PARTICIPANTS.map((service) => expectMissing(of(service), 'broker', 'database', 'migrations')),
        expectMissing(of('orchestrator'), 'broker', 'database', 'migrations', 'sagas'),
        expectMissing(of('api-gateway'), 'orchestrator'),
      ]);
      expect(await shop.checkout(quickCart(0), { prefer: 'wait=0' })).toMatchObject({
        status: 503,
        headers: { 'retry-after': expect.any(String) },
      });
      await first().start();
      const missing = last() === stack.rabbitmq ? ['broker'] : ['database', 'migrations'];
      await Promise.all([
        ...PARTICIPANTS.map((service) => expectMissing(of(service), ...missing)),
        expectMissing(of('orchestrator'), ...missing, 'sagas'),
        expectMissing(of('api-gateway'), 'orchestrator'),
      ]);
      await last().start();
      await expectOpen(before);
    },
  );

  it('before their databases have tables: not ready, with the command to type; then ready', async () => {
    await killAll();
    await emptyDatabases();
    for (const one of every) one().spawn();
    const before = pids();
    for (const service of PARTICIPANTS) await expectCommand(service, 'migrations');
    await expectCommand('orchestrator', 'migrations', 'sagas');
    await expectMissing(of('api-gateway'), 'orchestrator');
    const servers = { stack, databases: databaseNames() };
    await migrate(servers);
    await seed(servers);
    shop.acknowledged.splice(0); // their orders have gone with the tables
    await expectOpen(before);
  });

  it.each(SERVICES)(
    'first and alone: %s waits for the others, and the shop opens when they are there',
    async (first) => {
      await killAll();
      of(first).spawn();
      await eventually(`${first} to be live`, async () => (await healthOf(of(first), 'live'))?.status === 200, {
        timeoutMs: 60_000,
      });
      // It does not need the services behind it to do its own part; the gateway has none without an orchestrator.
      if (first === 'api-gateway') await expectMissing(of(first), 'orchestrator');
      else await of(first).ready(60_000);
      for (const one of every) one().spawn();
      await expectOpen(pids());
    },
  );
});

describe('readiness', () => {
  const noticed = async (what: string, probe: () => Promise<boolean>) => {
    const begun = performance.now();
    await eventually(what, probe, { everyMs: 20 });
    const tookMs = performance.now() - begun;
    expect(tookMs, what).toBeLessThan(patient(NOTICED_MS));
    return tookMs;
  };
  const areReady = async (services: readonly ServiceName[], ready: boolean) => {
    const all = await Promise.all(services.map((service) => healthOf(of(service), 'ready')));
    return all.every((health) => (health?.status === 200) === ready);
  };

  it.each([
    ['the broker', () => stack.rabbitmq],
    ['the databases', () => stack.postgres],
  ] as const)('follows %s within three seconds, both ways, and liveness does not', async (what, server) => {
    await shop.ready();
    const live = watchLiveness();
    await server().kill();
    const lostMs = await noticed(`all to miss ${what}`, () => areReady(SERVICES, false));
    expect((await shop.checkout(quickCart(0), { prefer: 'wait=0' })).status).toBe(503);
    await server().start();
    const foundMs = await noticed(`all to have ${what}`, () => areReady(SERVICES, true));
    expect((await shop.checkout(quickCart(0))).status).toBe(201);
    expect(await live.stop()).toEqual([]);
    console.log(`${what}: missed after ${lostMs.toFixed(0)} ms, found after ${foundMs.toFixed(0)} ms`);
  });

  it('of the gateway follows the orchestrators', async () => {
    await shop.ready();
    await of('orchestrator').kill('SIGKILL');
    await noticed('the gateway to miss it', () => areReady(['api-gateway'], false));
    expect((await healthOf(of('api-gateway'), 'live'))?.status).toBe(200);
    expect((await shop.checkout(quickCart(0), { prefer: 'wait=0' })).status).toBe(503);
    of('orchestrator').spawn();
    await of('orchestrator').ready(60_000);
    await noticed('the gateway to have it', () => areReady(['api-gateway'], true));
    expect((await shop.checkout(quickCart(0))).status).toBe(201);
  });
});

/** Asks all whether they are alive, all the time; `stop` gives the answers that were not 200. */
function watchLiveness() {
  let isOver = false;
  const wrong: string[] = [];
  const watch = async (service: ServiceName) => {
    while (!isOver) {
      const health = await healthOf(of(service), 'live');
      if (health?.status !== 200) wrong.push(`${service}: ${health?.status}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const watching = Promise.all(SERVICES.map(watch));
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return wrong;
    },
  };
}

/** It misses just these, and tells what to type. */
async function expectCommand(service: ServiceName, ...failing: readonly string[]): Promise<void> {
  const { body } = await expectMissing(of(service), ...failing);
  expect(JSON.stringify(body.dependencies)).toContain(`pnpm --filter=${service} db:migrate`);
}

const nameIn = (url: string) => new URL(url).pathname.slice(1);

function databaseNames() {
  const { orders, inventory, payments, orchestrator } = shop.address.databases;
  return {
    'order-service': nameIn(orders),
    'inventory-service': nameIn(inventory),
    'payment-service': nameIn(payments),
    orchestrator: nameIn(orchestrator),
  } satisfies Record<(typeof STATEFUL)[number], string>;
}

/** As if they had just been created. */
async function emptyDatabases(): Promise<void> {
  const client = new pg.Client({ connectionString: stack.postgres.urlFor('postgres') });
  await client.connect();
  try {
    for (const name of Object.values(databaseNames())) {
      await client.query(`drop database ${pg.escapeIdentifier(name)} with (force)`);
      await client.query(`create database ${pg.escapeIdentifier(name)}`);
    }
  } finally {
    await client.end();
  }
}
