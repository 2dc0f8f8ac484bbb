import type { Invariant, Problem } from './problem.js';
import type { Reader } from './tables.js';

type Question = readonly [Invariant, string];

const ALWAYS: readonly Question[] = [
  [
    'I12',
    `select format('saga %s is %s, with nothing that would wake it', saga_id, status) as text from saga_state
     where status in ('RUNNING', 'COMPENSATING') and due_at is null`,
  ],
  [
    'I12',
    `select format('saga %s is %s and has been due since %s', saga_id, status, due_at) as text from saga_state
     where due_at < now() - interval '1 minute'`,
  ],
  [
    'I12',
    `select format('saga %s is %s, but would be woken at %s', saga_id, status, due_at) as text from saga_state
     where status in ('COMPLETED', 'COMPENSATED') and due_at is not null`,
  ],
  [
    'I13',
    `select format('saga %s is in the logs, but not in saga_state', saga_id) as text
     from (select distinct saga_id from saga_logs) l where not exists (select from saga_state s where s.saga_id = l.saga_id)`,
  ],
  [
    'I15',
    `select format('order %s has %s sagas', business_key, count(*)) as text from saga_state
     group by saga_type, business_key having count(*) > 1`,
  ],
  [
    'I15',
    `select format('the key %s of %s has %s sagas, %s without a fingerprint', idempotency_key, idempotency_scope, count(*),
       count(*) filter (where request_fingerprint is null)) as text
     from saga_state where idempotency_key is not null group by idempotency_scope, idempotency_key
     having count(*) > 1 or bool_or(request_fingerprint is null)`,
  ],
];

const AT_REST: readonly Question[] = [
  [
    'I12',
    `select format('saga %s of order %s has not ended: %s at %s, %s', saga_id, business_key, status, current_step, failure)
       as text from saga_state where status not in ('COMPLETED', 'COMPENSATED')`,
  ],
];

/** I12, I15, and the parts of I13 that one statement can tell. */
export async function sagaProblems(reader: Reader, atRest: boolean): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [invariant, text] of atRest ? [...ALWAYS, ...AT_REST] : ALWAYS) {
    const rows = await reader.rows<{ text: string }>('orchestrator', text);
    problems.push(...rows.map((row) => ({ invariant, text: row.text })));
  }
  return problems;
}
