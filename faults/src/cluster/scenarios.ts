import { waitFor } from '@saga-checkout/local-stack';
import { membersOf, missingMembers } from './queue-members.js';
import type { Town } from './town.js';

/** What is done to the servers while customers buy. */
export interface Scenario {
  readonly name: string;
  readonly run: (town: Town) => Promise<void>;
}

const PATIENCE_MS = 30_000;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'a broker node is killed, then another one restarted', run: brokerNodes },
  { name: 'the standby is killed', run: standbyKilled },
  { name: 'the primary is killed, and the standby promoted', run: primaryKilled },
  { name: 'the new primary is killed, and the former one promoted', run: primaryKilled },
];

async function brokerNodes(town: Town): Promise<void> {
  const { rabbitmq } = town.cluster;
  const leader = (await membersOf(town.shop)).find(({ name }) => name === 'order_commands')?.leader;
  const first = rabbitmq.nodes.findIndex(({ name }) => name === leader);
  const [killed, restarted] = [rabbitmq.nodes[first], rabbitmq.nodes[(first + 1) % rabbitmq.nodes.length]];
  if (!killed || !restarted) throw new Error(`no node leads order_commands (${leader})`);
  await town.endure('the node that leads order_commands is killed', () => killed.server.kill());
  await town.endure('it is started again', () => killed.server.start());
  town.problems.push(...(await missingMembers(town.shop, rabbitmq.nodes.length)));
  await town.endure('another node is stopped in order', () => restarted.server.stop());
  await town.endure('that is started again', () => restarted.server.start());
  town.problems.push(...(await missingMembers(town.shop, rabbitmq.nodes.length)));
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
