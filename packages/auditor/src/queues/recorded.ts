import type { Source } from '../databases/source.js';
import type { Findings } from '../findings.js';

interface RecordedLetter {
  readonly id: string;
  readonly queue: string;
  readonly status: string;
  readonly type: string | null;
  readonly reason: string;
  readonly sagaId: string | null;
  /** How it begins. */
  readonly body: string;
}

/** Letters that wait for a person, or are being sent again, and whose saga is not known, or that name none. */
const OF_NOBODY = `select d.id, d.queue, d.status, d.type, d.reason, d.saga_id as "sagaId",
    encode(substring(d.content for 200), 'escape') as body
  from dead_letters d left join saga_state s on s.saga_id =
    case when d.saga_id ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then d.saga_id::uuid end
  where d.status in ('OPEN', 'REDRIVING') and s.saga_id is null
  order by d.recorded_at, d.id`;

/** I16, of letters that the orchestrator has taken from their queues into its table. @throws CannotCheck */
export async function auditRecorded(orchestrator: Source, findings: Findings): Promise<void> {
  const text = `select count(*)::int as count from dead_letters where status in ('OPEN', 'REDRIVING')`;
  const [counted] = await orchestrator.rows<{ count: number }>(text);
  findings.checked('I16', counted?.count ?? 0);
  for (const { id, queue, status, type, reason, sagaId, body } of await orchestrator.rows<RecordedLetter>(OF_NOBODY)) {
    const whose = sagaId === null ? 'that names no saga' : `of saga ${sagaId}, which is not known,`;
    const line = `a dead letter ${whose} in the table, ${status} (${queue}, ${type}, ${reason}; id ${id}): ${body}`;
    findings.offence({ invariant: 'I16', text: line, queue, what: id, ...(sagaId !== null && { sagaId }) });
  }
}
