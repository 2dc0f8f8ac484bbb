import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { FAULTY, FaultPlans } from '../../../faults/src/shop/fault-plans.js';
import type { RunningProcess, ShopAddress } from './address.js';
import { Shop, type ShopOptions } from './shop.js';
import { openStack, type TestServers, urlOnServer } from './stack.js';

/** What test files find ready: servers, and one shop that all of them use which kill nothing. */
declare module 'vitest' {
  interface ProvidedContext {
    shop: ShopAddress;
    rabbitmqUrl: string;
    managementUrl: string;
    postgresUrl: string;
    folder: string;
    /** The shop's processes, and where their fault plans lie: of the races only. */
    processes: readonly RunningProcess[];
    plansFolder: string;
  }
}

type ShopShape = Pick<ShopOptions, 'replicas' | 'env'>;

/** Two processes that reserve compete for stock: where it must not be oversold, it should be hard. */
const SYSTEM: ShopShape = { replicas: { 'inventory-service': 2 } };

/** Two of everything, that can be made to lose, delay or repeat messages. */
function races(plans: FaultPlans): ShopShape {
  const two = ['api-gateway', ...FAULTY].map((service) => [service, 2] as const);
  const env = FAULTY.map((service) => [service, plans.environment(service)] as const);
  // Long enough for a busy machine, and short for whoever waits for a sibling to take over.
  const orchestrator = { ...plans.environment('orchestrator'), STEP_TIMEOUT_MS: '3000' };
  return { replicas: Object.fromEntries(two), env: { ...Object.fromEntries(env), orchestrator } };
}

/** Runs once for each project that has test files to run, before all of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const startedAt = performance.now();
  const { servers, down } = givenServers() ?? (await ownServers());
  try {
    const plansFolder = join(servers.folder, `plans-${project.name}`);
    const shape = project.name === 'races' ? races(new FaultPlans(plansFolder)) : SYSTEM;
    const shop = await Shop.open({ stack: servers, ...shape });
    provide(project, servers, shop, plansFolder);
    console.log(
      `The shop of the ${project.name} tests is open after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.`,
    );
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

function provide(project: TestProject, servers: TestServers, shop: Shop, plansFolder: string): void {
  const { rabbitmq, postgres, folder } = servers;
  project.provide('shop', shop.address);
  project.provide('rabbitmqUrl', rabbitmq.url);
  project.provide('managementUrl', rabbitmq.managementUrl ?? '');
  project.provide('postgresUrl', postgres.urlFor('postgres'));
  project.provide('folder', folder);
  project.provide('processes', shop.processes());
  project.provide('plansFolder', plansFolder);
}
