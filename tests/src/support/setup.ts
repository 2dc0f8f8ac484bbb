import type { TestProject } from 'vitest/node';
import type { ShopAddress } from './address.js';
import { Shop } from './shop.js';
import { openStack, type TestServers } from './stack.js';

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
  const stack = await openStack();
  try {
    const shop = await Shop.open({ stack, replicas: REPLICAS });
    provide(project, stack, shop);
    console.log(`A shop of its own is open after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.`);
    return async () => {
      await shop.close();
      await stack.down();
    };
  } catch (error) {
    await stack.down();
    throw error;
  }
}

function provide(project: TestProject, { rabbitmq, postgres, folder }: TestServers, shop: Shop): void {
  project.provide('shop', shop.address);
  project.provide('rabbitmqUrl', rabbitmq.url);
  project.provide('managementUrl', rabbitmq.managementUrl ?? '');
  project.provide('postgresUrl', postgres.urlFor('postgres'));
  project.provide('folder', folder);
}
