import type { Entry, Journal, Wrong } from './journal.js';
import { moveOf } from './moves.js';
import type { Shape } from './shape.js';
import { isAtWork, isOver, pending, type Step, stands } from './step.js';

/** What nothing of may happen to a saga that is paused. */
const SENT = new Set(['STEP_STARTED', 'STEP_RETRIED', 'EVENT_AWAITED', 'COMPENSATION_STARTED', 'COMPENSATION_RETRIED']);

/** Events that change neither the saga nor a step of it. */
const REMARKS = new Set(['SAGA_STARTED', 'SAGA_CLAIMED', 'SAGA_RETRIED', 'LATE_REPLY_IGNORED']);

/** Retells one journal by rules of its own, and notes whatever does not follow from what was before. */
export class Retelling {
  readonly wrong: Wrong[] = [];
  readonly #shape: Shape | undefined;
  readonly #steps: Map<string, Step>;
  /** Events that were received and that no step has taken. */
  readonly #kept = new Set<number>();
  readonly #startsAt: number | undefined;
  #end: string | undefined;
  #failure: string | undefined;
  #goesBack = false;
  #paused = false;
  #seq = 0;

  constructor(journal: Journal, entries: readonly Entry[], shape: Shape | undefined) {
    const [, , , , first] = entries[0] as Entry;
    this.#shape = shape;
    this.#startsAt = first.startsAt;
    this.#steps = new Map((first.steps ?? []).map((name) => [name, pending()]));
    for (const entry of entries) this.#tell(entry);
    this.#compareWithRow(journal, first);
  }

  get #failing(): boolean {
    return this.#failure !== undefined;
  }

  #tell(entry: Entry): void {
    const [seq, event, step] = entry;
    if (seq !== this.#seq + 1) this.#is('I13', `it follows entry ${this.#seq}, and its number is ${seq}`);
    this.#seq = seq;
    if (seq === 1) this.#compareDefinition();
    if ((event === 'SAGA_STARTED') !== (seq === 1)) this.#is('I13', `${event} does not stand at the beginning`);
    if (this.#end !== undefined) this.#is('I13', `${event} comes after the end`);
    if (this.#paused && SENT.has(event)) this.#is('I13', `${event} of a saga that is paused`);
    if (step !== null && moveOf(entry)) this.#moveStep(entry, step);
    else if (!REMARKS.has(event)) this.#moveSaga(entry);
  }

  #moveStep(entry: Entry, name: string): void {
    const [, event, , , data] = entry;
    const step = this.#steps.get(name);
    if (step === undefined) return this.#is('I13', `${event} of step ${name}, which the saga does not have`);
    const move = moveOf(entry);
    this.#checkTurn(entry, name);
    if (!move?.from(step, { failing: this.#failing }))
      this.#is(event.startsWith('COMPENSATION_S') ? 'I14' : 'I13', `${event} of step ${name}, which is ${step.status}`);
    this.#checkAttempt(entry, name, step);
    if (data.eventSeq !== undefined) this.#takeEvent(data.eventSeq);
    move?.to(step, entry, { failing: this.#failing });
    this.#drawConclusions(entry, step);
  }

  /** What has become of the saga by what has become of its step. */
  #drawConclusions([, event, , , { error, failure, immediate }]: Entry, { status, failure: earlier }: Step): void {
    if (status === 'REFUSED' || (status === 'FAILED' && event !== 'COMPENSATION_SKIPPED')) this.#fail(error?.code);
    // Of an attempt that could not be taken back: why the attempt failed, not why that could not be done.
    if (status === 'COMPENSATION_FAILED') this.#fail(earlier ?? error?.code);
    if (event === 'COMPENSATION_STARTED' && !immediate) {
      this.#fail(failure?.code);
      this.#goesBack = true;
    }
    if (status === 'COMPENSATION_FAILED') {
      this.#goesBack = true;
      this.#paused = false;
    }
  }

  #moveSaga([seq, event, , , { failure, immediate }]: Entry): void {
    switch (event) {
      case 'SAGA_CANCEL_REQUESTED':
      case 'SAGA_TIMED_OUT':
        if (this.#failing && !immediate) this.#is('I13', `${event} of a saga that is failing`);
        if (!this.#failing && this.#isPastPivot()) this.#is('I13', `${event} past the point of no return`);
        return this.#fail(failure?.code);
      case 'SAGA_PAUSED':
      case 'SAGA_RESUMED':
        if (this.#paused === (event === 'SAGA_PAUSED')) this.#is('I13', `${event}, which changes nothing`);
        this.#paused = event === 'SAGA_PAUSED';
        return;
      case 'EVENT_RECEIVED':
        this.#kept.add(seq);
        return;
      case 'SAGA_COMPLETED':
        return this.#ends('COMPLETED', !this.#failing && this.#all().every(isOver));
      case 'SAGA_COMPENSATED':
        return this.#ends('COMPENSATED', this.#failing && !this.#isHeldUp() && this.#nextBack() === undefined);
      default:
        this.#is('I13', `the event ${event} is unknown`);
    }
  }

  /** Whether the step may start, or be taken back, now. */
  #checkTurn([, event, , , { immediate }]: Entry, name: string): void {
    if (event === 'STEP_STARTED' || event === 'EVENT_AWAITED') this.#checkStart(name);
    if (event !== 'COMPENSATION_SKIPPED' && (event !== 'COMPENSATION_STARTED' || immediate)) return;
    const next = this.#nextBack();
    if (!this.#failing) this.#is('I14', `step ${name} is taken back in a saga that is not failing`);
    if (this.#isHeldUp()) this.#is('I14', `step ${name} is taken back while another step is under way`);
    if (this.#shape && next !== name)
      this.#is('I14', `step ${name} is taken back, though it is the turn of ${next ?? 'none'}`);
  }

  #checkStart(name: string): void {
    if (this.#failing) this.#is('I13', `step ${name} starts in a saga that is failing`);
    for (const before of this.#shape?.before.get(name) ?? [])
      if (!isOver(this.#steps.get(before))) this.#is('I13', `step ${name} starts before ${before} is over`);
  }

  /** Each sending has the next number, and what comes of it has its number. */
  #checkAttempt([, event, , attempt]: Entry, name: string, { status, attempt: latest, undone }: Step): void {
    if (event === 'EVENT_AWAITED' || attempt === null) return;
    if (!SENT.has(event)) {
      if (attempt !== latest) this.#is('I13', `${event} of step ${name} is of attempt ${attempt}, not ${latest}`);
      return;
    }
    const next = event.startsWith('COMPENSATION') ? undone + 1 : status === 'RUNNING' ? (latest ?? 0) + 1 : 1;
    if (attempt !== next) this.#is('I13', `${event} of step ${name} is attempt ${attempt}, not ${next}`);
  }

  #takeEvent(seq: number): void {
    if (!this.#kept.delete(seq)) this.#is('I13', `there is no event ${seq} to take`);
  }

  #all(): Step[] {
    return [...this.#steps.values()];
  }

  #isHeldUp(): boolean {
    return this.#all().some((step) => isAtWork(step) || step.status === 'COMPENSATION_FAILED');
  }

  #isPastPivot(): boolean {
    return [...(this.#shape?.pivots ?? [])].some((name) => {
      const step = this.#steps.get(name);
      return step?.status === 'RUNNING' || step?.status === 'COMPLETED' || step?.doneSeq !== undefined;
    });
  }

  /** The step that is to be taken back next: as declared, or the one that was done last. */
  #nextBack(): string | undefined {
    if (!this.#shape) return undefined;
    const { compensated, order } = this.#shape;
    const open = [...this.#steps].filter(([name, step]) => stands(step) && compensated.has(name));
    const rank = ([name, step]: [string, Step]) => (order ? order.indexOf(name) : -(step.doneSeq ?? 0));
    return open.sort((one, other) => rank(one) - rank(other))[0]?.[0];
  }

  #fail(code: string | undefined): void {
    this.#failure ??= code ?? 'UNKNOWN';
  }

  #ends(status: string, mayEnd: boolean): void {
    if (!mayEnd) this.#is('I13', `${status}, with ${this.#inWords()}`);
    this.#end = status;
  }

  #status(): string {
    if (this.#end !== undefined) return this.#end;
    if (this.#all().some(({ status }) => status === 'COMPENSATION_FAILED')) return 'COMPENSATION_FAILED';
    if (this.#paused) return 'PAUSED';
    if (this.#goesBack) return 'COMPENSATING';
    return this.#isWaiting() ? 'WAITING' : 'RUNNING';
  }

  /** Nothing is at work but steps that wait for events; or nothing yet, before its start. */
  #isWaiting(): boolean {
    if (this.#failing) return false;
    const busy = this.#all().filter(isAtWork);
    if (busy.length > 0) return busy.every(({ events }) => events !== undefined);
    return (
      this.#startsAt !== undefined && this.#all().every(({ status }) => status === 'PENDING' || status === 'SKIPPED')
    );
  }

  #compareDefinition(): void {
    if (!this.#shape) return;
    const [known, begun] = [[...this.#shape.before.keys()], [...this.#steps.keys()]].map((names) =>
      names.sort().join(),
    );
    if (known !== begun) this.#is('I13', `it began with the steps ${begun}; its definition has ${known}`);
  }

  #compareWithRow(journal: Journal, { type, version, businessKey }: Entry[4]): void {
    const row = inWords(journal.status, journal.logSeq, journal.failure, journal.steps);
    const told = inWords(this.#status(), this.#seq, this.#failure ?? null, this.#steps);
    if (told !== row) this.#is('I13', `the journal tells ${told}; the row says ${row}`);
    const [name, other] = [
      `${type} ${version} ${businessKey}`,
      `${journal.type} ${journal.version} ${journal.businessKey}`,
    ];
    if (name !== other) this.#is('I13', `it began as ${name}; the row says ${other}`);
  }

  #inWords(): string {
    return inWords(this.#status(), this.#seq, this.#failure ?? null, this.#steps);
  }

  #is(invariant: Wrong['invariant'], what: string): void {
    this.wrong.push({ invariant, text: `log entry ${this.#seq}: ${what}` });
  }
}

/** Where a saga stands; the same text for the same state. */
function inWords(
  status: string,
  seq: number,
  failure: string | null,
  steps: ReadonlyMap<string, Pick<Step, 'status' | 'attempt'>>,
): string {
  const each = [...steps].map(
    ([name, step]) => `${name} ${step.status}${step.attempt === null ? '' : ` (${step.attempt})`}`,
  );
  return `${status} at entry ${seq}${failure === null ? '' : ` for ${failure}`}, ${each.sort().join(', ')}`;
}
