import type { Claim } from '../runtime/store.js';
import type { Statement } from './pool.js';
import { STATE_COLUMNS } from './rows.js';

const claimable = (definition: string, condition: string) => `
  from saga_state s
  where s.due_at is not null and s.saga_type = ${definition}.saga_type and s.version = ${definition}.version
    and ${condition} and not (s.saga_id = any ($3::uuid[]))
  order by s.due_at`;

/**
 * How the limit is shared: of each definition the longest overdue, in turns, until it is reached. Locks nothing, and
 * reads of no definition more than the limit and what is left out, however much is overdue.
 */
const chosen = (condition: string) => `
definition as (
  select distinct saga_type, version from unnest($1::text[], $2::int[]) as given(saga_type, version)
), chosen as (
  select candidate.* from definition cross join lateral (
    select first.*, row_number() over (order by due_at) as turn
    from (select s.saga_id, s.saga_type, s.version, s.due_at ${claimable('definition', condition)} limit $4) first
  ) candidate
  order by turn, due_at limit $4
)`;

const claimed = `
claimed as (
  update saga_state s
  set revision = s.revision + 1, log_seq = s.log_seq + 1, owner = $5, updated_at = to_timestamp($6::float8 / 1000),
    due_at = now() + $7::float8 * interval '1 millisecond'
  where s.saga_id = any (array(select saga_id from due))
  returning ${STATE_COLUMNS}
), logged as (
  insert into saga_logs (saga_id, seq, event, data, created_at)
  select saga_id, log_seq, 'SAGA_CLAIMED', jsonb_build_object('owner', $5::text), updated_at from claimed
)
select * from claimed`;

const OWN = 's.owner = $5';
const CLAIM_OWN = `
with ${chosen(OWN)}, due as (
  select s.saga_id from saga_state s
  where s.saga_id = any (array(select saga_id from chosen)) and s.due_at is not null and ${OWN}
  for update skip locked
), ${claimed}`;

/** Of each definition as many as were chosen, in due order, past those that another claim is looking at. */
const OVERDUE = `s.due_at <= now() and (s.owner is null or s.due_at <= now() - $8::float8 * interval '1 millisecond')`;
const CLAIM_OVERDUE = `
with ${chosen(OVERDUE)}, share as (
  select saga_type, version, count(*) as size from chosen group by saga_type, version
), due as (
  select saga_id from share cross join lateral (
    select s.saga_id ${claimable('share', OVERDUE)} limit share.size for update skip locked
  ) locked
), ${claimed}`;

/** Two statements rather than one with a condition, so that each can use its part of the index on due times. */
export function claimStatement({ owner, definitions, which, graceMs, except, limit, holdMs }: Claim): Statement {
  const types = definitions.map(({ type }) => type);
  const versions = definitions.map(({ version }) => version);
  const values = [types, versions, except, Math.min(limit, 100_000), owner, Date.now(), holdMs];
  if (which === 'own') return { name: 'saga_claim_own', text: CLAIM_OWN, values };
  return { name: 'saga_claim_overdue', text: CLAIM_OVERDUE, values: [...values, graceMs] };
}
