import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { ShopAddress } from './address.js';
import { Shop } from './shop.js';
import { openStack, type TestServers, urlOnServer } from './stack.js';

/** What test files find ready: servers, and one shop that all of them use which kill nothing. */
declare module 'vitest' {
  interface ProvidedContext {
    shop: ShopAddress;
    rabbitmqUrl: string;
    managementUrl: string;
    postgresUrl: string;
    folder: string;
  }
}

/** Two processes that reserve compete for stock: where it must not be oversold, it should be hard. */
const REPLICAS = { 'inventory-service': 2 } as const;

/** Runs once, before all test files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const startedAt = performance.now();
  const { servers, down } = givenServers() ?? (await ownServers());
  try {
    const shop = await Shop.open({ stack: servers, replicas: REPLICAS });
    provide(project, servers, shop);
    console.log(`The shop under test is open after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.`);
    return async () => {
      await shop.close();
      await down();
    };
  } catch (error) {
    await down();
    throw error;
  }
}

interface Given {
  readonly servers: TestServers;
  readonly down: () => Promise<void>;
}

/** Those that `npm test` has started for all tests that kill no server. */
function givenServers(): Given | undefined {
  const { TEST_DB_URL, TEST_RABBITMQ_URL: url, TEST_RABBITMQ_MANAGEMENT_URL: managementUrl } = process.env;
  if (!TEST_DB_URL || !url || !managementUrl) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'saga-checkout-tests-'));
  const postgres = { urlFor: (database: string) => urlOnServer(TEST_DB_URL, database) };
  const down = async () => rmSync(folder, { recursive: true, force: true });
  return { servers: { rabbitmq: { url, managementUrl }, postgres, folder }, down };
}

async function ownServers(): Promise<Given> {
  const stack = await openStack();
  return { servers: stack, down: () => stack.down() };
}

function provide(project: TestProject, { rabbitmq, postgres, folder }: TestServers, shop: Shop): void {
  project.provide('shop', shop.address);
  project.provide('rabbitmqUrl', rabbitmq.url);
  project.provide('managementUrl', rabbitmq.managementUrl ?? '');
  project.provide('postgresUrl', postgres.urlFor('postgres'));
  project.provide('folder', folder);
}
