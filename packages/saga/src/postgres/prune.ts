import type { Retention } from '../runtime/store.js';
import type { Statement } from './pool.js';
import { timeOf } from './rows.js';

/** Sagas that ended before `$1`, those that did so first; what another process is pruning at the moment is skipped. */
const longEnded = (condition: string) => `
  select saga_id from saga_state
  where completed_at is not null and ${condition} and completed_at < ${timeOf('$1')}
  order by completed_at limit $2 for update skip locked`;

const EMPTY = `
with old as (${longEnded('pruned_at is null')}),
unlogged as (
  delete from saga_logs where saga_id = any (array(select saga_id from old))
), emptied as (
  update saga_state
  set input = 'null', steps = '{}', context = null, pruned_at = now(), failure = case when failure is not null
    then jsonb_build_object('code', failure -> 'code', 'message', failure -> 'message') end
  where saga_id = any (array(select saga_id from old))
  returning 1
)
select count(*)::int as count from emptied`;

const DELETE = `
with old as (${longEnded('pruned_at is not null')}),
deleted as (
  delete from saga_state where saga_id = any (array(select saga_id from old)) returning 1
)
select count(*)::int as count from deleted`;

/** Drops journals and data, of what is to be deleted as well; gives `count`. */
export function emptying({ endedBefore, keysEndedBefore, limit }: Retention): Statement {
  return { name: 'saga_empty', text: EMPTY, values: [Math.max(endedBefore, keysEndedBefore), limit] };
}

/** Deletes rows that have been emptied before; gives `count`. */
export function deletion({ keysEndedBefore, limit }: Retention): Statement {
  return { name: 'saga_delete', text: DELETE, values: [keysEndedBefore, limit] };
}
