import { type ClusterNode, waitFor } from '@saga-checkout/local-stack';
import { leaderOf, missingMembers, nodeOf } from './management.js';
import type { Town } from './town.js';

/** What is done to the servers while customers buy. */
export interface Scenario {
  readonly name: string;
  readonly run: (town: Town) => Promise<void>;
}

const PATIENCE_MS = 30_000;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'broker nodes are killed and restarted, one after the other', run: brokerNodes },
  { name: 'the standby is killed', run: standbyKilled },
  { name: 'the primary is killed, and the standby promoted', run: primaryKilled },
  { name: 'the new primary is killed, and the former one promoted', run: primaryKilled },
];

async function brokerNodes(town: Town): Promise<void> {
  const { nodes } = town.cluster.rabbitmq;
  const restart = async (what: string, name: string | undefined, end: (node: ClusterNode) => Promise<void>) => {
    const node = nodes.find((each) => each.name === name);
    if (!node) throw new Error(`no node is known as ${name}`);
    await town.endure(what, () => end(node));
    await town.endure('it is started again', () => node.server.start());
    town.problems.push(...(await missingMembers(town.shop, nodes.length)));
  };
  const kill = ({ server }: ClusterNode) => server.kill();
  await restart('the node that leads order_commands is killed', await leaderOf(town.shop, 'order_commands'), kill);
  // What waits there for an answer is answered to nobody.
  await restart(
    'the node that an orchestrator is connected to is killed',
    await nodeOf(town.shop, 'orchestrator'),
    kill,
  );
  const stop = ({ server }: ClusterNode) => server.stop();
  await restart('a node is stopped in order', await leaderOf(town.shop, 'payment_commands'), stop);
}

async function standbyKilled(town: Town): Promise<void> {
  const { postgres } = town.cluster;
  await postgres.standby.kill();
  // With nobody to confirm them, commits wait: so they were not acknowledged by the primary alone.
  const waiting = `select 1 from pg_stat_activity where wait_event = 'SyncRep' limit 1`;
  const waits = async () => (await town.shop.rows('orchestrator', waiting)).length > 0;
  if (!(await waitFor(waits, { timeoutMs: PATIENCE_MS })))
    town.problems.push('with the standby killed, no commit waited for it');
  await town.endure('commits no longer wait for the standby that was killed', () => postgres.requireStandby(false));
  await town.endure('the standby follows again', () => postgres.follow());
}

async function primaryKilled(town: Town): Promise<void> {
  const { postgres } = town.cluster;
  const following = await postgres.following();
  if (following !== 'sync') town.problems.push(`before the primary was killed, its standby was ${following}, not sync`);
  await town.endure('the primary is killed, and the standby promoted', async () => {
    await postgres.primary.kill();
    await postgres.promote();
  });
  await town.endure('the former primary becomes the standby, from a fresh copy', () => postgres.join());
}
