import type { Source } from '../databases/source.js';
import type { Findings, Offence } from '../findings.js';

/** A question whose answer is the rows that offend. */
interface Question extends Pick<Offence, 'invariant'> {
  readonly text: string;
  readonly uncertain?: true;
}

const HANGING: readonly Question[] = [
  {
    invariant: 'I12',
    text: `select saga_id as "sagaId", format('saga %s (%s) is %s at step %s, with nothing that would wake it',
        saga_id, saga_type, status, coalesce(current_step, '-')) as text
      from saga_state where due_at is null and (status in ('RUNNING', 'COMPENSATING')
        or status = 'WAITING' and not exists (select from jsonb_each(steps) s where s.value -> 'waiting' ? 'events'))`,
  },
  {
    invariant: 'I12',
    text: `select saga_id as "sagaId", format('saga %s (%s) is %s, but would be woken at %s',
        saga_id, saga_type, status, due_at) as text
      from saga_state where due_at is not null and completed_at is not null`,
  },
];

/** It may be taken over at this moment by an orchestrator that has just come back. */
const OVERDUE: Question = {
  invariant: 'I12',
  uncertain: true,
  text: `select saga_id as "sagaId", format('saga %s (%s) is %s at step %s and has been due since %s',
      saga_id, saga_type, status, coalesce(current_step, '-'), due_at) as text
    from saga_state where due_at < now() - interval '1 minute' and completed_at is null`,
};

const KEYS: readonly Question[] = [
  {
    invariant: 'I15',
    text: `select business_key as "orderId", format('%s %s has %s sagas: %s', saga_type, business_key, count(*),
        string_agg(saga_id::text, ', ' order by saga_id)) as text
      from saga_state group by saga_type, business_key having count(*) > 1`,
  },
  {
    invariant: 'I15',
    text: `select min(saga_id::text) as "sagaId", format('the idempotency key %s of %s has %s sagas and %s fingerprints: %s',
        idempotency_key, idempotency_scope, count(*), count(distinct request_fingerprint),
        string_agg(saga_id::text, ', ' order by saga_id)) as text
      from saga_state where idempotency_key is not null group by idempotency_scope, idempotency_key
      having count(*) > 1 or count(request_fingerprint) < count(*)`,
  },
];

/** I12: nothing hangs. At every moment; but that nothing is overdue can be asked only while an orchestrator lives. */
export async function auditDueTimes(orchestrator: Source, findings: Findings): Promise<void> {
  const [row] = await orchestrator.rows<{ count: number }>('select count(*)::int as count from saga_state');
  findings.checked('I12', row?.count ?? 0);
  for (const question of HANGING) await ask(orchestrator, question, findings);
  if (await orchestratorLives(orchestrator)) await ask(orchestrator, OVERDUE, findings);
}

/** I15: one saga per business key, one saga and one fingerprint per idempotency key. */
export async function auditKeys(orchestrator: Source, findings: Findings): Promise<void> {
  const [row] = await orchestrator.rows<{ count: number }>('select count(*)::int as count from saga_state');
  findings.checked('I15', row?.count ?? 0);
  for (const question of KEYS) await ask(orchestrator, question, findings);
}

async function ask(source: Source, { invariant, text, uncertain }: Question, findings: Findings): Promise<void> {
  for await (const page of source.pages<Omit<Offence, 'invariant'>>(text))
    for (const row of page) findings.offence({ ...row, invariant, ...(uncertain && { uncertain }) });
}

/** Whether anybody is connected who would wake sagas. */
async function orchestratorLives(orchestrator: Source): Promise<boolean> {
  const text = `select count(*)::int as count from pg_stat_activity
    where datname = current_database() and application_name like 'orchestrator%'`;
  const [row] = await orchestrator.rows<{ count: number }>(text);
  return (row?.count ?? 0) > 0;
}
