import { setTimeout as pause } from 'node:timers/promises';
import type { Source } from '../databases/source.js';

/** A checkout whose saga has not ended. */
export interface Unended {
  readonly sagaId: string;
  readonly orderId: string;
  readonly status: string;
  readonly text: string;
}

const OPEN = `from saga_state where saga_type = 'checkout' and completed_at is null and created_at <= $1`;

/** What goes on by itself; what a person has paused, and what waits for one, does not. */
const GOES_ON = `status not in ('PAUSED', 'COMPENSATION_FAILED')`;

const FIRST = `
  select saga_id::text as "sagaId", business_key as "orderId", status, format('saga %s of order %s is %s at step %s%s%s',
    saga_id, business_key, status, coalesce(current_step, '-'), ', failing with ' || (failure ->> 'code'),
    case when status in ('PAUSED', 'COMPENSATION_FAILED') then ': it waits for a person' end) as text
  ${OPEN} order by created_at limit $2`;

/**
 * Waits until the checkouts that had begun at the beginning have ended, at most so long, in ms. Gives those that have
 * not; later ones may be under way.
 */
export async function untilEnded(orchestrator: Source, graceMs: number, told: number) {
  const deadline = performance.now() + graceMs;
  const [row] = await orchestrator.rows<{ now: Date }>('select now()');
  const since = row?.now ?? new Date();
  const count = async (condition = 'true') => {
    const text = `select count(*)::int as count ${OPEN} and ${condition}`;
    return (await orchestrator.rows<{ count: number }>(text, [since]))[0]?.count ?? 0;
  };
  while ((await count(GOES_ON)) > 0 && performance.now() < deadline) await pause(200);
  const left = await count();
  return { count: left, first: left === 0 ? [] : await orchestrator.rows<Unended>(FIRST, [since, told]) };
}

/** How long ago a checkout's saga was written last, in ms. */
export async function quietForMs(orchestrator: Source): Promise<number> {
  const text = `select (extract(epoch from now() - max(updated_at)) * 1000)::float8 as ms from saga_state
    where saga_type = 'checkout'`;
  return (await orchestrator.rows<{ ms: number | null }>(text))[0]?.ms ?? Number.POSITIVE_INFINITY;
}
