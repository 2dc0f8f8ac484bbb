import { setTimeout as pause } from 'node:timers/promises';
import { alternativesOf, firstOf } from '../addresses.js';
import { CannotCheck, messageOf } from '../problem.js';

/** Messages of a queue, as the broker counted them: it counts every few seconds. */
export interface QueueCount {
  readonly ready: number;
  /** Delivered to a consumer that has neither acknowledged nor lost them. */
  readonly unacknowledged: number;
  /** All there are: also those on their way to the dead letters. */
  readonly all: number;
}

/** Where the management interface is, and who asks. */
export interface Management {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly vhost: string;
}

interface ListedQueue {
  readonly name: string;
  readonly messages?: number;
  readonly messages_ready?: number;
  readonly messages_unacknowledged?: number;
}

/** Counts by queue. @throws CannotCheck: only there is it known what consumers hold. */
function queueCounts(management: Management): Promise<ReadonlyMap<string, QueueCount>> {
  return firstOf(alternativesOf(management.url), (url) => ask({ ...management, url }));
}

async function ask(management: Management): Promise<ReadonlyMap<string, QueueCount>> {
  const { url, user, password, vhost } = management;
  const path = `/api/queues/${encodeURIComponent(vhost)}?disable_stats=true&enable_queue_totals=true`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const signal = AbortSignal.timeout(5_000);
  let answer: Response;
  try {
    answer = await fetch(new URL(path, url), { headers: { authorization }, signal });
  } catch (error) {
    throw unreachable(management, messageOf((error as Error).cause ?? error));
  }
  if (!answer.ok) throw unreachable(management, `it answered ${answer.status}`);
  const queues = (await answer.json()) as readonly ListedQueue[];
  return new Map(queues.map((queue) => [queue.name, countOf(queue)]));
}

function countOf({ messages, messages_ready, messages_unacknowledged }: ListedQueue): QueueCount {
  const [ready, unacknowledged] = [messages_ready ?? 0, messages_unacknowledged ?? 0];
  return { ready, unacknowledged, all: Math.max(messages ?? 0, ready + unacknowledged) };
}

function unreachable({ url, user }: Management, why: string): CannotCheck {
  return new CannotCheck(
    `RabbitMQ’s management interface (${url}) does not say what consumers hold: ${why}`,
    `enable the plugin rabbitmq_management, set RABBITMQ_MANAGEMENT_URL, and let ${user} in RABBITMQ_URL see it (tag monitoring)`,
  );
}

/** Asks until nothing waits in these queues and nobody holds a message, or a dead letter of theirs, at most so long; gives the latest counts. */
export async function emptyCounts(
  management: Management,
  queues: readonly string[],
  patienceMs: number,
): Promise<ReadonlyMap<string, QueueCount>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const counts = await queueCounts(management);
    const isQuiet = (queue: string) =>
      (counts.get(queue)?.all ?? 0) === 0 && (counts.get(`${queue}.dead_letters`)?.unacknowledged ?? 0) === 0;
    if (queues.every(isQuiet) || performance.now() >= deadline) return counts;
    await pause(250);
  }
}
