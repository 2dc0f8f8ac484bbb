import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cluster, startCluster } from '@saga-checkout/local-stack';
import { Shop } from '../shop/shop.js';
import { missingMembers } from './management.js';
import type { Scenario } from './scenarios.js';
import { type Aftermath, Town } from './town.js';

export const STEP_TIMEOUT_MS = 2_000;
const REPLICAS = 2;

/** What came of a scenario. */
export interface ScenarioResult {
  readonly name: string;
  readonly taken: number;
  readonly aftermaths: readonly Aftermath[];
  readonly problems: readonly string[];
}

/** Runs the scenarios one after the other in one shop on one cluster; looks through everything after each. */
export async function runCluster(
  scenarios: readonly Scenario[],
  onResult: (result: ScenarioResult) => void = () => {},
): Promise<ScenarioResult[]> {
  const cluster = await startCluster();
  const results: ScenarioResult[] = [];
  try {
    const { shop, problems } = await openWithNodeAway(cluster);
    try {
      for (const { name, run } of scenarios) {
        const town = new Town(cluster, shop);
        town.problems.push(...problems.splice(0));
        await town.untilBusy();
        await run(town);
        const result = {
          name,
          problems: await town.close(),
          taken: town.customers.purchases.length,
          aftermaths: town.aftermaths,
        };
        results.push(result);
        onResult(result);
      }
    } finally {
      if (results.length < scenarios.length || results.some((each) => each.problems.length > 0)) keepLogs(cluster);
      await shop.close();
    }
  } finally {
    await cluster.down();
  }
  return results;
}

/** The shop's queues are declared while one node is away: that node gets its members when it is there. */
async function openWithNodeAway(cluster: Cluster): Promise<{ shop: Shop; problems: string[] }> {
  const { rabbitmq, postgres, folder } = cluster;
  const late = rabbitmq.nodes.at(-1);
  if (!late) throw new Error('the cluster has no nodes');
  await late.server.stop();
  const stack = { folder, rabbitmq, postgres };
  const shop = await Shop.open({ stack, replicas: REPLICAS, stepTimeoutMs: STEP_TIMEOUT_MS, followsPlans: false });
  await late.server.start();
  await rabbitmq.grow(late);
  return { shop, problems: await missingMembers(shop, rabbitmq.nodes.length) };
}

function keepLogs({ folder }: Cluster): void {
  const kept = mkdtempSync(join(tmpdir(), 'saga-checkout-cluster-'));
  cpSync(folder, kept, {
    recursive: true,
    filter: (path) => !/\/(data|mnesia|generated|plugins-expanded)(\/|$)/.test(path),
  });
  console.error(`logs are kept in ${kept}`);
}
