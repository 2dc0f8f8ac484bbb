import type { Source } from '../databases/source.js';
import { nextKey, Stream } from '../databases/stream.js';
import type { Findings } from '../findings.js';
import { type Entry, entriesOf, type LogsRow, type SagaRow, stepsOf, type Wrong } from './journal.js';
import { Retelling } from './retelling.js';
import { Shapes, type StoredShape } from './shape.js';

/** Events whose data tell nothing of where the saga stands. Of the others' only that is read, not what they carry. */
const PLAIN = `event in ('STEP_STARTED', 'STEP_RETRIED', 'STEP_COMPENSATED', 'COMPENSATION_RETRIED', 'SAGA_COMPLETED', 'SAGA_CLAIMED')
  or event = 'STEP_COMPLETED' and not data ? 'eventSeq'`;

/** One line of text per entry: as JSON, writing and reading them would take twice as long. */
const LOGS = `
  select saga_id::text as key, string_agg(
    concat(seq, ' ', event, ' ', coalesce(step, '-'), ' ', coalesce(attempt::text, '-'),
      case when ${PLAIN} then '' else ' ' || (data - '{input,reply,payload}'::text[])::text end),
    E'\n' order by seq) as entries
  from saga_logs group by saga_id order by saga_id`;

const sagas = (pruned: string) => `
  select saga_id::text as key, saga_type as type, version, status, business_key as "businessKey", log_seq as "logSeq",
    failure ->> 'code' as failure, ${pruned} as pruned, (
      select string_agg(concat_ws(' ', key, value ->> 'status', value ->> 'attempt'), E'\n') from jsonb_each(steps)
    ) as steps
  from saga_state order by saga_id`;

/** Journals are longer than other rows. */
const PAGE = 250;

/** I13, I14: every journal, retold. One snapshot tells, so they hold at every moment. */
export async function auditJournals(orchestrator: Source, findings: Findings): Promise<void> {
  const shapes = new Shapes(await storedShapes(orchestrator));
  const pruned = (await orchestrator.columns('saga_state')).has('pruned_at') ? 'pruned_at is not null' : 'false';
  const rows = new Stream(orchestrator.pages<SagaRow>(sagas(pruned), [], PAGE));
  const logs = new Stream(orchestrator.pages<LogsRow>(LOGS, [], PAGE));
  for (let key = await nextKey([rows, logs]); key !== undefined; key = await nextKey([rows, logs])) {
    const [row] = await rows.take(key);
    const [log] = await logs.take(key);
    // What retention has emptied has no journal to tell any more.
    if (!row?.pruned) auditJournal(key, row, entriesOf(log?.entries ?? ''), shapes, findings);
  }
}

function auditJournal(
  sagaId: string,
  row: SagaRow | undefined,
  entries: readonly Entry[],
  shapes: Shapes,
  findings: Findings,
): void {
  findings.checked('I13', entries.length);
  findings.checked('I14', entries.filter(([, event]) => event === 'COMPENSATION_STARTED').length);
  const orderId = row?.type === 'checkout' ? row.businessKey : undefined;
  const whose = row ? `saga ${sagaId} of ${orderId ? 'order' : row.type} ${row.businessKey}` : `saga ${sagaId}`;
  const offend = (invariant: Wrong['invariant'], what: string) =>
    findings.offence({ invariant, text: `${whose}, ${what}`, sagaId, ...(orderId && { orderId }) });
  if (!row) return offend('I13', `has ${entries.length} log entries, but no row in saga_state`);
  if (!begins(entries[0])) return offend('I13', 'has no journal that begins with SAGA_STARTED and its steps');
  const journal = { ...row, steps: stepsOf(row.steps ?? '') };
  for (const { invariant, text } of new Retelling(journal, entries, shapes.of(row.type, row.version)).wrong)
    offend(invariant, text);
}

const begins = (entry: Entry | undefined): boolean => entry?.[1] === 'SAGA_STARTED' && Array.isArray(entry[4].steps);

/** Definitions other than the checkout, as the orchestrators have registered them. */
async function storedShapes(orchestrator: Source) {
  if (!(await orchestrator.columns('saga_definitions')).has('shape')) return [];
  const text = 'select saga_type as type, version, shape from saga_definitions';
  return orchestrator.rows<{ type: string; version: number; shape: StoredShape }>(text);
}
