import type { Invariant, Problem } from './problem.js';
import type { Reader } from './tables.js';

interface Entry {
  readonly seq: number;
  readonly event: string;
  readonly step: string | null;
  readonly final: boolean;
}

interface Journal {
  readonly sagaId: string;
  readonly status: string;
  readonly logSeq: number;
  /** Status of each step according to `saga_state`. */
  readonly steps: Readonly<Record<string, string>>;
  /** Steps in the order of the definition. */
  readonly declared: readonly string[];
  readonly entries: readonly Entry[];
}

/** From which status an event takes a step, and to which; `final` failures are those that are not tried again. */
const STEP_EVENTS: Readonly<
  Record<string, { readonly from: readonly string[]; readonly to: string; readonly final?: string }>
> = {
  STEP_STARTED: { from: ['PENDING'], to: 'RUNNING' },
  STEP_RETRIED: { from: ['RUNNING'], to: 'RUNNING' },
  STEP_COMPLETED: { from: ['RUNNING'], to: 'COMPLETED' },
  STEP_REFUSED: { from: ['RUNNING'], to: 'REFUSED' },
  STEP_FAILED: { from: ['RUNNING'], to: 'RUNNING', final: 'FAILED' },
  STEP_TIMED_OUT: { from: ['RUNNING'], to: 'RUNNING', final: 'FAILED' },
  COMPENSATION_STARTED: { from: ['COMPLETED', 'FAILED'], to: 'COMPENSATING' },
  COMPENSATION_RETRIED: { from: ['COMPENSATING', 'COMPENSATION_FAILED'], to: 'COMPENSATING' },
  STEP_COMPENSATED: { from: ['COMPENSATING'], to: 'COMPENSATED' },
  COMPENSATION_FAILED: { from: ['COMPENSATING'], to: 'COMPENSATING', final: 'COMPENSATION_FAILED' },
  STEP_SKIPPED_BY_OPERATOR: { from: ['COMPENSATION_FAILED'], to: 'SKIPPED' },
};

/** Events that change no step. */
const SAGA_EVENTS = new Set([
  'SAGA_STARTED',
  'SAGA_CLAIMED',
  'SAGA_CANCEL_REQUESTED',
  'SAGA_RETRIED',
  'SAGA_COMPLETED',
  'SAGA_COMPENSATED',
  'LATE_REPLY_IGNORED',
]);

/** Steps whose work may have been done, but that have nothing to take back. */
const WITHOUT_COMPENSATION = new Set(['confirmOrder']);

/** Retells one journal by rules of its own, and notes whatever does not follow from what was before. */
function journalProblems(journal: Journal): Problem[] {
  const problems: Problem[] = [];
  const steps = new Map(journal.declared.map((name) => [name, 'PENDING']));
  /** Steps done or unknown, in the order in which they became so. */
  const done: string[] = [];
  let status = 'RUNNING';
  let failing = false;
  let seq = 0;
  const wrong = (invariant: Invariant, what: string) =>
    problems.push({ invariant, text: `saga ${journal.sagaId}, log entry ${seq}: ${what}` });
  const has = (...wanted: string[]) => [...steps.values()].some((each) => wanted.includes(each));

  for (const { event, step, final, seq: found } of journal.entries) {
    seq += 1;
    if (found !== seq) wrong('I13', `its number is ${found}`);
    seq = found;
    if ((event === 'SAGA_STARTED') !== (found === 1)) wrong('I13', `${event} does not stand at the beginning`);
    if (status === 'COMPLETED' || status === 'COMPENSATED') wrong('I13', `${event} after the end`);
    const move = STEP_EVENTS[event];
    if (move !== undefined && step !== null) {
      const before = steps.get(step) ?? 'unknown';
      if (!move.from.includes(before)) wrong('I13', `${event} of step ${step}, which is ${before}`);
      if (event === 'STEP_STARTED') startsInTurn(step);
      if (event === 'COMPENSATION_STARTED') compensatesInTurn(step);
      const after = final && move.final !== undefined ? move.final : move.to;
      steps.set(step, after);
      if (after === 'COMPLETED' || after === 'FAILED') done.push(step);
      if (after === 'REFUSED' || after === 'FAILED') failing = true;
      if (after === 'COMPENSATING' || after === 'SKIPPED') status = 'COMPENSATING';
      if (after === 'COMPENSATION_FAILED') status = 'COMPENSATION_FAILED';
    } else if (!SAGA_EVENTS.has(event)) wrong('I13', `the event ${event} is unknown`);
    if (event === 'SAGA_CANCEL_REQUESTED') failing = true;
    if (event === 'SAGA_RETRIED') status = 'COMPENSATING';
    if (event === 'SAGA_COMPLETED')
      ends('COMPLETED', !failing && [...steps.values()].every((each) => each === 'COMPLETED'));
    if (event === 'SAGA_COMPENSATED')
      ends('COMPENSATED', failing && !has('RUNNING', 'COMPENSATING') && nextBack() === undefined);
  }
  sameAsRow();
  return problems;

  function startsInTurn(step: string): void {
    const before = journal.declared.slice(0, journal.declared.indexOf(step));
    if (failing) wrong('I13', `step ${step} starts in a saga that is failing`);
    if (before.some((name) => steps.get(name) !== 'COMPLETED')) wrong('I13', `step ${step} starts before its turn`);
  }

  function compensatesInTurn(step: string): void {
    if (!failing) wrong('I14', `step ${step} is taken back in a saga that is not failing`);
    if (has('RUNNING', 'COMPENSATING')) wrong('I14', `step ${step} is taken back while another step is under way`);
    if (nextBack() !== step)
      wrong('I14', `step ${step} is taken back, though it is the turn of ${nextBack() ?? 'none'}`);
  }

  /** The latest step that is done or unknown and has not been taken back. */
  function nextBack(): string | undefined {
    return done.findLast(
      (name) => ['COMPLETED', 'FAILED'].includes(steps.get(name) ?? '') && !WITHOUT_COMPENSATION.has(name),
    );
  }

  function ends(as: string, mayEnd: boolean): void {
    if (!mayEnd) wrong('I13', `SAGA_${as}, with steps ${JSON.stringify(Object.fromEntries(steps))}`);
    status = as;
  }

  function sameAsRow(): void {
    const told = JSON.stringify({ status, logSeq: seq, steps: Object.fromEntries(steps) });
    const { status: rowStatus, logSeq, steps: rowSteps } = journal;
    const row = JSON.stringify({
      status: rowStatus,
      logSeq,
      steps: Object.fromEntries(journal.declared.map((name) => [name, rowSteps[name]])),
    });
    if (told !== row) wrong('I13', `the journal tells ${told}, the row says ${row}`);
  }
}

/** How many sagas are read at a time. */
const PAGE = 2_000;

const PAGE_OF_SAGAS = `
  with page as (select * from saga_state where saga_id > $1 order by saga_id limit $2)
  select p.saga_id as "sagaId", p.status, p.log_seq as "logSeq",
    (select jsonb_object_agg(key, value ->> 'status') from jsonb_each(p.steps)) as steps,
    (select jsonb_agg(jsonb_build_object('seq', seq, 'event', event, 'step', step, 'final', not (data ? 'retryAt')) order by seq) from saga_logs l where l.saga_id = p.saga_id) as entries,
    (select data -> 'steps' from saga_logs l where l.saga_id = p.saga_id and l.seq = 1) as declared
  from page p order by p.saga_id`;

/** I13, I14: every saga's journal, retold. Hold at every moment. */
export async function allJournalProblems(reader: Reader): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const page = await reader.rows<Journal>('orchestrator', PAGE_OF_SAGAS, [after, PAGE]);
    for (const journal of page) {
      if (journal.declared === null || journal.entries === null)
        problems.push({ invariant: 'I13', text: `saga ${journal.sagaId} has no journal that begins with 1` });
      else problems.push(...journalProblems(journal));
    }
    if (page.length < PAGE) return problems;
    after = page.at(-1)?.sagaId ?? after;
  }
}
