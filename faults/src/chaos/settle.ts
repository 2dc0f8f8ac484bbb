import { waitFor } from '@saga-checkout/local-stack';
import type { World } from './world.js';

/** How long is waited for each, in ms, before it counts as never. */
const READY_MS = 60_000;
const ENDED_MS = 120_000;

/** Waits until every process says that it is ready, as it must by itself; gives those that are not. */
export async function untilReady(world: World): Promise<string[]> {
  const waiting = new Set(world.processes.values());
  await waitFor(
    async () => {
      const look = async (each: typeof world.processes extends ReadonlyMap<string, infer P> ? P : never) => {
        if (each.alive && (await isReady(each.url))) waiting.delete(each);
      };
      await Promise.all([...waiting].map(look));
      return waiting.size === 0;
    },
    { timeoutMs: READY_MS, everyMs: 100 },
  );
  return [...waiting].map(({ name }) => `${name} was not ready ${READY_MS / 1_000} s after all faults were over`);
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(3_000) })).ok;
  } catch {
    return false; // not there yet
  }
}

/** Waits until no saga is under way; gives those that still are. */
export async function untilEnded(world: World): Promise<string[]> {
  const count = `select count(*)::int as left from saga_state where completed_at is null`;
  const none = async () => (await world.rows<{ left: number }>('orchestrator', count))[0]?.left === 0;
  if (await waitFor(none, { timeoutMs: ENDED_MS, everyMs: 200 })) return [];
  const which = `select business_key as id, status, current_step as step from saga_state where completed_at is null limit 10`;
  const rows = await world.rows<{ id: string; status: string; step: string | null }>('orchestrator', which);
  return rows.map(({ id, status, step }) => `the saga of order ${id} is still ${status} at ${step}`);
}

/** When the last saga ended, epoch ms. */
export async function lastEnd(world: World): Promise<number> {
  const text = `select max(completed_at) as at from saga_state`;
  return (await world.rows<{ at: Date | null }>('orchestrator', text))[0]?.at?.getTime() ?? 0;
}

/** Commands that were sent again because no answer had come, as the journal says. */
export async function sentAgain(world: World): Promise<number> {
  const text = `select count(*)::int as count from saga_logs where event in ('STEP_RETRIED', 'COMPENSATION_RETRIED')`;
  return (await world.rows<{ count: number }>('orchestrator', text))[0]?.count ?? 0;
}

/** Processes that ended though no fault ended them. */
export function unaskedEnds({ processes, ended }: World): string[] {
  return [...processes.values()].flatMap(({ name, restarts }) => {
    const asked = ended.get(name) ?? 0;
    return restarts === asked ? [] : [`${name} ended ${restarts} times, ${asked} of them by a fault`];
  });
}
