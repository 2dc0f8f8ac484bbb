import { alternativesOf, firstOf } from '@saga-checkout/auditor';
import { waitFor } from '@saga-checkout/local-stack';
import { QUEUES } from '../shop/queues.js';
import type { Shop } from '../shop/shop.js';

/** Where a quorum queue is: the node that leads it, all that have a member, and those of them that are up. */
export interface Members {
  readonly name: string;
  readonly leader: string;
  readonly members: readonly string[];
  readonly online: readonly string[];
}

/** After a node has come back, its members need a moment; in ms. */
const PATIENCE_MS = 30_000;

/** The shop's queues, as the first node says that answers. */
export async function membersOf({ broker }: Shop): Promise<Members[]> {
  const { username, password, pathname } = new URL(alternativesOf(broker.url)[0] ?? '');
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return firstOf(alternativesOf(broker.managementUrl), async (url) => {
    const answer = await fetch(`${url}/api/queues${pathname}`, { headers: { authorization }, signal: soon() });
    if (!answer.ok) throw new Error(`the management interface answered ${answer.status}`);
    const all = (await answer.json()) as Members[];
    return all.filter(({ name }) => QUEUES.includes(name));
  });
}

/** Queues that are not on so many nodes, all of them up; waits for them a while. */
export async function missingMembers(shop: Shop, nodes: number): Promise<string[]> {
  let found: Members[] = [];
  const complete = async () => {
    found = await membersOf(shop);
    return found.length === QUEUES.length && found.every(({ online }) => online.length === nodes);
  };
  if (await waitFor(complete, { timeoutMs: PATIENCE_MS, everyMs: 200 })) return [];
  return found
    .filter(({ online }) => online.length !== nodes)
    .map(({ name, members, online }) => `${name} has ${members.length} members, ${online.length} up, and not ${nodes}`);
}

const soon = () => AbortSignal.timeout(5_000);
