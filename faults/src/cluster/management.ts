import { alternativesOf, firstOf } from '@saga-checkout/auditor';
import { waitFor } from '@saga-checkout/local-stack';
import { QUEUES } from '../shop/queues.js';
import type { Shop } from '../shop/shop.js';

/** A quorum queue: the node that leads it, and those on which it has a member, all of them and those that are up. */
interface Queue {
  readonly name: string;
  readonly leader: string;
  readonly members: readonly string[];
  readonly online: readonly string[];
}

interface Connection {
  readonly node: string;
  readonly client_properties?: { readonly connection_name?: string };
}

/** After a node has come back, its members need a moment; and connections are counted every few seconds. In ms. */
const PATIENCE_MS = 30_000;

/** The node that leads a queue. */
export async function leaderOf(shop: Shop, queue: string): Promise<string | undefined> {
  return (await queuesOf(shop)).find(({ name }) => name === queue)?.leader;
}

/** The node that a client is connected to whose connection's name begins so. */
export function nodeOf(shop: Shop, client: string): Promise<string | undefined> {
  const look = async () => {
    const all = await ask<Connection>(shop, (vhost) => `/api/vhosts${vhost}/connections`);
    return all.find(({ client_properties }) => client_properties?.connection_name?.startsWith(client))?.node;
  };
  return waitFor(look, { timeoutMs: PATIENCE_MS, everyMs: 200 });
}

/** Queues that are not on so many nodes, all of them up; waits for them a while. */
export async function missingMembers(shop: Shop, nodes: number): Promise<string[]> {
  let found: Queue[] = [];
  const complete = async () => {
    found = await queuesOf(shop);
    return found.length === QUEUES.length && found.every(({ online }) => online.length === nodes);
  };
  if (await waitFor(complete, { timeoutMs: PATIENCE_MS, everyMs: 200 })) return [];
  return found
    .filter(({ online }) => online.length !== nodes)
    .map(({ name, members, online }) => `${name} has ${members.length} members, ${online.length} up, and not ${nodes}`);
}

async function queuesOf(shop: Shop): Promise<Queue[]> {
  const all = await ask<Queue>(shop, (vhost) => `/api/queues${vhost}`);
  return all.filter(({ name }) => QUEUES.includes(name));
}

/** What the first node says that answers. */
async function ask<T>({ broker }: Shop, pathIn: (vhost: string) => string): Promise<T[]> {
  const { username, password, pathname } = new URL(alternativesOf(broker.url)[0] ?? '');
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return firstOf(alternativesOf(broker.managementUrl), async (url) => {
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(`${url}${pathIn(pathname)}`, { headers: { authorization }, signal });
    if (!answer.ok) throw new Error(`the management interface answered ${answer.status}`);
    return (await answer.json()) as T[];
  });
}
