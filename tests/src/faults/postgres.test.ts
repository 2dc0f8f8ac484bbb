import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '@saga-checkout/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quickCart } from '../support/customers.js';
import { eventually } from '../support/eventually.js';
import { BEHIND_THE_DOOR, expectHealth } from '../support/health.js';
import { hogConnections, lockTable } from '../support/hogs.js';
import { Shop } from '../support/shop.js';
import type { TestProduct } from '../support/shop-client.js';
import { SmallDisk } from '../support/small-disk.js';
import { openStack } from '../support/stack.js';
import { expectSurvived } from '../support/under-load.js';

/** Servers and a shop of its own, on a machine that is busy with others. */
const OPEN_MS = 180_000;
let stack: Stack;
let shop: Shop;
let scarce: TestProduct;
let disk: SmallDisk | undefined;

beforeAll(async () => {
  stack = await openStack();
  shop = await Shop.open({ stack });
  scarce = await shop.product(50);
}, OPEN_MS);
afterAll(async () => {
  await shop?.close();
  await stack?.postgres.kill();
  disk?.unmount();
  await stack?.down();
});

/** An impatient customer's answer, while something is wrong. */
const impatient = async () => (await shop.checkout(quickCart(0), { prefer: 'wait=1' })).status;

describe('Postgres', { timeout: 150_000 }, () => {
  it('out of connections: services say so and wait, customers get 503, and all goes on once there are some', async () => {
    await expectSurvived(shop, scarce, async () => {
      const release = await hogConnections(stack.postgres.urlFor('postgres'), BEHIND_THE_DOOR);
      try {
        for (const service of BEHIND_THE_DOOR) await expectHealth(shop, service, '/health/ready', 503, 'database');
        expect(await impatient()).toBe(503);
      } finally {
        await release();
      }
    });
  });

  it.each([
    ['orchestrator', 'saga_state'],
    ['orders', 'orders'],
    ['inventory', 'products'],
    ['payments', 'payments'],
  ] as const)(
    'slow: nobody can write in %s.%s for a while; what waits for it ends when it goes on',
    async (database, table) => {
      await expectSurvived(shop, scarce, async () => {
        const release = await lockTable(shop.address.databases[database], table);
        try {
          const text = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
          const waits = async () => (await shop.rows(database, text)).length > 0;
          await eventually('somebody to wait for the table', waits);
          expect([202, 503]).toContain(await impatient());
        } finally {
          await release();
        }
      });
    },
  );

  it.for([
    ['a table', false],
    ['its log of changes', true],
  ] as const)(
    'without room for %s: services say why, no checkout is lost, all goes on once there is room',
    async ([, ends], context) => {
      const reason = SmallDisk.reason();
      if (reason !== undefined) context.skip(reason);
      disk ??= await ontoSmallDisk();
      const full = disk;
      const before = { postgres: postgresLog().length, orchestrator: orchestratorLog().length };
      await expectSurvived(shop, scarce, async () => {
        await full.fill(64);
        const isTold = () => orchestratorLog().slice(before.orchestrator).includes('No space left on device');
        await eventually('the orchestrator to say why it cannot write', isTold, { timeoutMs: 60_000 });
        if (ends) await fillLog(() => /PANIC: .*No space left on device/.test(postgresLog().slice(before.postgres)));
        expect([202, 503]).toContain(await impatient());
        full.empty();
        // Without its log of changes it has ended, and is started again as a service manager would.
        await eventually('Postgres to serve', async () => {
          await stack.postgres.start();
          return (await shop.rows('orders', 'select 1')).length === 1;
        });
      });
    },
  );
});

/** Fills the log of changes, segment by segment, until there is no room for the next one, and Postgres ends. */
async function fillLog(hasEnded: () => boolean): Promise<void> {
  const text = `select pg_logical_emit_message(true, 'test', repeat('x', 4000000))`;
  const grow = async () => {
    await shop.rows('orders', text).catch(() => {}); // the connection breaks when it ends
    return hasEnded();
  };
  await eventually('Postgres to end', grow, { timeoutMs: 60_000 });
}

async function ontoSmallDisk(): Promise<SmallDisk> {
  await stack.postgres.stop();
  const made = SmallDisk.under(join(stack.folder, 'postgres', 'data'), 64);
  await stack.postgres.start();
  await shop.ready();
  return made;
}

const postgresLog = () => readFileSync(join(stack.folder, 'postgres', 'postgres.log'), 'utf8');
/** Its tables grow more than all others: it is the first to find no room. */
const orchestratorLog = () => readFileSync(shop.process('orchestrator').logFile, 'utf8');
