import { setTimeout as sleep } from 'node:timers/promises';
import type { Acknowledged } from '@saga-checkout/auditor';
import { audit, linesOf } from '@saga-checkout/auditor';
import type { Answer } from './customers/answers.js';
import type { Crowd } from './customers/crowd.js';
import type { World } from './world.js';

/** How many orders are read at a time. */
const AT_A_TIME = 16;

/** What the auditor finds now that all has ended, with what customers were told. */
export async function auditBooks(world: World, told: readonly Acknowledged[]): Promise<string[]> {
  const { databaseUrls, stack } = world;
  const broker = { url: stack.rabbitmq.url, managementUrl: stack.rabbitmq.managementUrl ?? '' };
  return linesOf(
    await audit({ databaseUrls, moment: 'rest', graceMs: 10_000, countsAgeMs: 1_100, broker, acknowledged: told }),
  );
}

/** Every order that a customer was told of is found, and is what they were told. */
export async function readAgain(crowd: Crowd, gateways: readonly string[]): Promise<void> {
  const orders = [...Map.groupBy(crowd.told, ({ orderId }) => orderId)];
  const one = async () => {
    for (let next = orders.pop(); next !== undefined; next = orders.pop()) await readOne(crowd, gateways, ...next);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
}

async function readOne(
  { post }: Crowd,
  gateways: readonly string[],
  orderId: string,
  told: readonly Acknowledged[],
): Promise<void> {
  const gateway = gateways[asked++ % gateways.length] as string;
  const read = (question: 'read saga' | 'read order', path: string) =>
    readable(() => post.ask(gateway, { question, path }));
  const saga = await read('read saga', `/api/orders/${orderId}/saga`);
  const statuses = told.map(({ status }) => status).filter((status) => status !== 202);
  const isConfirmed = saga?.body?.status === 'COMPLETED';
  const isOver = isConfirmed || saga?.body?.status === 'COMPENSATED';
  if (!isOver || statuses.some((status) => (status === 201) !== isConfirmed))
    post.problem(
      `of order ${orderId}, for which was answered ${statuses.join(', ') || '202'}, the saga is ${JSON.stringify(saga)}`,
    );
  if (!isConfirmed) return;
  const order = await read('read order', `/api/orders/${orderId}`);
  if (order?.body?.status !== 'CONFIRMED')
    post.problem(`order ${orderId} is confirmed, and was read as ${JSON.stringify(order)}`);
}

let asked = 0;

/** On a busy machine a read may take longer than its time now and then; not again and again. */
async function readable(ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
  for (let tries = 1; ; tries++) {
    const answer = await ask();
    if (tries === 5 || (answer !== undefined && answer.status !== 503)) return answer;
    await sleep(500);
  }
}

/** Nobody has two confirmed orders: each bought one cart, however often they asked. */
export async function boughtTwice(world: World): Promise<string[]> {
  const text = `select user_id as "user", count(*)::int as count from orders where status = 'CONFIRMED'
    group by user_id having count(*) > 1 limit 10`;
  const rows = await world.rows<{ user: string; count: number }>('orders', text);
  return rows.map(({ user, count }) => `${user} bought one cart and has ${count} confirmed orders`);
}
