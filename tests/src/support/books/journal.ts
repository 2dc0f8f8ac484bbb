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

/** From which status an event takes a step, and to which; `final`: when a failure is not tried again. */
interface Move {
  readonly from: readonly string[];
  readonly to: string;
  readonly final?: string;
}

const STEP_EVENTS: Readonly<Record<string, Move>> = {
  STEP_STARTED: { from: ['PENDING'], to: 'RUNNING' },
  STEP_RETRIED: { from: ['RUNNING'], to: 'RUNNING' },
  STEP_COMPLETED: { from: ['RUNNING'], to: 'COMPLETED' },
  STEP_REFUSED: { from: ['RUNNING'], to: 'REFUSED' },
  STEP_FAILED: { from: ['RUNNING'], to: 'RUNNING', final: 'FAILED' },
  STEP_TIMED_OUT: { from: ['RUNNING'], to: 'RUNNING', final: 'FAILED' },
  COMPENSATION_STARTED: { from: ['COMPLETED', 'FAILED', 'SKIPPED'], to: 'COMPENSATING' },
  COMPENSATION_RETRIED: { from: ['COMPENSATING', 'COMPENSATION_FAILED'], to: 'COMPENSATING' },
  STEP_COMPENSATED: { from: ['COMPENSATING'], to: 'COMPENSATED' },
  COMPENSATION_FAILED: { from: ['COMPENSATING'], to: 'COMPENSATING', final: 'COMPENSATION_FAILED' },
  STEP_SKIPPED_BY_OPERATOR: { from: ['PENDING', 'RUNNING', 'COMPENSATING', 'COMPENSATION_FAILED'], to: 'SKIPPED' },
};

/** Events that change no step. */
const SAGA_EVENTS = new Set([
  'SAGA_STARTED',
  'SAGA_CLAIMED',
  'SAGA_CANCEL_REQUESTED',
  'SAGA_TIMED_OUT',
  'SAGA_PAUSED',
  'SAGA_RESUMED',
  'SAGA_RETRIED',
  'SAGA_COMPLETED',
  'SAGA_COMPENSATED',
  'LATE_REPLY_IGNORED',
]);

/** Steps whose work may have been done, but that have nothing to take back. */
const WITHOUT_COMPENSATION = new Set(['confirmOrder']);

/** Retells one journal by rules of its own, and notes whatever does not follow from what was before. */
class Retelling {
  readonly problems: Problem[] = [];
  readonly #journal: Journal;
  readonly #steps: Map<string, string>;
  /** Steps done or unknown, in the order in which they became so. */
  readonly #done: string[] = [];
  /** Steps whose compensation a person has settled. */
  readonly #settled = new Set<string>();
  #status = 'RUNNING';
  #failing = false;
  #paused = false;
  #seq = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#steps = new Map(journal.declared.map((name) => [name, 'PENDING']));
    for (const entry of journal.entries) this.#tell(entry);
    this.#compareWithRow();
  }

  #tell(entry: Entry): void {
    const { event, seq } = entry;
    if (seq !== this.#seq + 1) this.#wrong('I13', `it follows entry ${this.#seq}, and its number is ${seq}`);
    this.#seq = seq;
    if ((event === 'SAGA_STARTED') !== (seq === 1)) this.#wrong('I13', `${event} does not stand at the beginning`);
    if (this.#status === 'COMPLETED' || this.#status === 'COMPENSATED') this.#wrong('I13', `${event} after the end`);
    const move = STEP_EVENTS[event];
    if (move !== undefined && entry.step !== null) this.#moveStep(entry, entry.step, move);
    else if (SAGA_EVENTS.has(event)) this.#moveSaga(event);
    else this.#wrong('I13', `the event ${event} is unknown`);
  }

  #moveStep({ event, final }: Entry, step: string, move: Move): void {
    const before = this.#steps.get(step) ?? 'unknown';
    if (!move.from.includes(before)) this.#wrong('I13', `${event} of step ${step}, which is ${before}`);
    if (event === 'STEP_STARTED') this.#startsInTurn(step);
    if (event === 'COMPENSATION_STARTED') this.#compensatesInTurn(step);
    const after = final && move.final !== undefined ? move.final : move.to;
    this.#steps.set(step, after);
    if (after === 'COMPLETED' || after === 'FAILED') this.#done.push(step);
    if (after === 'REFUSED' || after === 'FAILED') this.#failing = true;
    if (after === 'SKIPPED') this.#isSkipped(step, before);
    if (after === 'COMPENSATING') this.#status = 'COMPENSATING';
    if (after === 'COMPENSATION_FAILED') {
      this.#status = 'COMPENSATION_FAILED';
      this.#paused = false;
    }
  }

  /** By a person: what was under way may have been done; what was being taken back is settled. */
  #isSkipped(step: string, before: string): void {
    if (before === 'RUNNING') this.#done.push(step);
    if (before === 'COMPENSATING' || before === 'COMPENSATION_FAILED') this.#settled.add(step);
    if (before === 'COMPENSATION_FAILED') this.#status = 'COMPENSATING';
  }

  #moveSaga(event: string): void {
    if (event === 'SAGA_CANCEL_REQUESTED' || event === 'SAGA_TIMED_OUT') this.#failing = true;
    if (event === 'SAGA_PAUSED') this.#paused = true;
    if (event === 'SAGA_RESUMED') this.#paused = false;
    if (event === 'SAGA_COMPLETED') this.#end('COMPLETED', !this.#failing && [...this.#steps.values()].every(isOver));
    if (event === 'SAGA_COMPENSATED')
      this.#end('COMPENSATED', this.#failing && !this.#isAtWork() && this.#nextBack() === undefined);
  }

  #startsInTurn(step: string): void {
    const { declared } = this.#journal;
    const before = declared.slice(0, declared.indexOf(step));
    if (this.#failing) this.#wrong('I13', `step ${step} starts in a saga that is failing`);
    if (this.#paused) this.#wrong('I13', `step ${step} starts in a saga that is paused`);
    if (before.some((name) => !isOver(this.#steps.get(name))))
      this.#wrong('I13', `step ${step} starts before its turn`);
  }

  #compensatesInTurn(step: string): void {
    const next = this.#nextBack();
    if (!this.#failing) this.#wrong('I14', `step ${step} is taken back in a saga that is not failing`);
    if (this.#isAtWork()) this.#wrong('I14', `step ${step} is taken back while another step is under way`);
    if (next !== step) this.#wrong('I14', `step ${step} is taken back, though it is the turn of ${next ?? 'none'}`);
  }

  #isAtWork(): boolean {
    return [...this.#steps.values()].some((status) => status === 'RUNNING' || status === 'COMPENSATING');
  }

  /** The latest step that is done or unknown and has not been taken back. */
  #nextBack(): string | undefined {
    return this.#done.findLast((name) => {
      const status = this.#steps.get(name);
      const open = status === 'SKIPPED' ? !this.#settled.has(name) : status === 'COMPLETED' || status === 'FAILED';
      return open && !WITHOUT_COMPENSATION.has(name);
    });
  }

  #end(status: string, mayEnd: boolean): void {
    if (!mayEnd) this.#wrong('I13', `${status}, with steps ${JSON.stringify(Object.fromEntries(this.#steps))}`);
    this.#status = status;
  }

  #compareWithRow(): void {
    const { status, logSeq, steps, declared } = this.#journal;
    const told = JSON.stringify([this.#paused ? 'PAUSED' : this.#status, this.#seq, ...this.#steps]);
    const row = JSON.stringify([status, logSeq, ...declared.map((name) => [name, steps[name]])]);
    if (told !== row) this.#wrong('I13', `the journal tells ${told}, the row says ${row}`);
  }

  #wrong(invariant: Invariant, what: string): void {
    this.problems.push({ invariant, text: `saga ${this.#journal.sagaId}, log entry ${this.#seq}: ${what}` });
  }
}

const isOver = (status: string | undefined): boolean => status === 'COMPLETED' || status === 'SKIPPED';

/** How many sagas are read at a time. */
const PAGE = 2_000;

const PAGE_OF_SAGAS = `
  with page as (select * from saga_state where saga_id > $1 and pruned_at is null order by saga_id limit $2)
  select p.saga_id as "sagaId", p.status, p.log_seq as "logSeq",
    (select jsonb_object_agg(key, value ->> 'status') from jsonb_each(p.steps)) as steps,
    (select jsonb_agg(jsonb_build_object('seq', seq, 'event', event, 'step', step, 'final', not (data ? 'retryAt')) order by seq) from saga_logs l where l.saga_id = p.saga_id) as entries,
    (select data -> 'steps' from saga_logs l where l.saga_id = p.saga_id and l.seq = 1) as declared
  from page p order by p.saga_id`;

/** I13, I14: every saga's journal, retold, but those that were dropped after their time. Hold at every moment. */
export async function allJournalProblems(reader: Reader): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const page = await reader.rows<Journal>('orchestrator', PAGE_OF_SAGAS, [after, PAGE]);
    for (const journal of page) {
      if (journal.declared === null || journal.entries === null)
        problems.push({ invariant: 'I13', text: `saga ${journal.sagaId} has no journal that begins with 1` });
      else problems.push(...new Retelling(journal).problems);
    }
    if (page.length < PAGE) return problems;
    after = page.at(-1)?.sagaId ?? after;
  }
}
