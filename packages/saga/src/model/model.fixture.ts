import type { Failure } from '../core/saga.js';
import { holds, type Replies, type Token, undoHolds } from './definition.fixture.js';
import {
  ancestorsOf,
  eventsOf,
  indexOf,
  isPivot,
  nameOf,
  type Plan,
  type StepPlan,
  type UndoPlan,
  undoOf,
} from './plan.fixture.js';
import { AT_WORK, newStanding, type Stand, type Standing } from './standing.fixture.js';

/** Throws an error that says what should have held. */
export function insist(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

export interface KeptEvent {
  readonly seq: number;
  readonly event: string;
  readonly payload: Token;
}

/**
 * What the rules say about one saga: where it stands, and what may come next. It knows the plan, not the definition,
 * and learns what happened from the journal, entry by entry: `rules.fixture.ts` says which entry may follow.
 */
export class Model {
  readonly plan: Plan;
  readonly steps = new Map<string, Standing>();
  readonly #ancestors: readonly ReadonlySet<number>[];
  failure: Failure | undefined;
  /** Whether a person does not want to wait for outcomes any more. */
  isCalledOff = false;
  /** Whether compensation, other than of single attempts, has begun. */
  back = false;
  pausedAt: number | undefined;
  pausedMs = 0;
  ended: 'COMPLETED' | 'COMPENSATED' | undefined;
  /** Nothing starts before. */
  startsAt = Number.NEGATIVE_INFINITY;
  /** When its own time begins to count. */
  countsFrom = 0;
  /** When its time as a whole was over. */
  timedOutAt = Number.POSITIVE_INFINITY;
  kept: KeptEvent[] = [];
  readonly eventIds = new Set<string>();
  seq = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.#ancestors = ancestorsOf(plan);
    for (const index of plan.steps.keys()) this.steps.set(nameOf(index), newStanding());
  }

  planOf(name: string): StepPlan {
    const step = this.plan.steps[indexOf(name)];
    insist(step !== undefined && this.steps.has(name), `there is no step ${name}`);
    return step;
  }

  step(name: string): Standing {
    const step = this.steps.get(name);
    insist(step !== undefined, `there is no step ${name}`);
    return step;
  }

  ancestors(name: string): string[] {
    return [...(this.#ancestors[indexOf(name)] ?? [])].map(nameOf);
  }

  /** The steps that stand so, in the order of the definition. */
  those(...stands: readonly Stand[]): string[] {
    return [...this.steps].flatMap(([name, { is }]) => (stands.includes(is) ? [name] : []));
  }

  get isParked(): boolean {
    return this.those('stuck').length > 0;
  }

  /** Whether anything may be sent. */
  get isHeld(): boolean {
    return this.ended !== undefined || this.isParked || this.pausedAt !== undefined;
  }

  goesForward(now: number): boolean {
    return !this.isHeld && this.failure === undefined && !this.isEarly(now);
  }

  /** Whether it has not begun, and its time has not come. */
  isEarly(now: number): boolean {
    return now < this.startsAt && this.those('pending', 'skipped').length === this.steps.size;
  }

  get isPastPivot(): boolean {
    const begun = this.those('asked', 'backoff', 'done', 'skipped').filter((name) => isPivot(this.planOf(name)));
    // One that a person skipped may have been done all the same.
    return begun.some((name) => this.step(name).is !== 'skipped' || this.step(name).worked);
  }

  /** Whether all that the step comes after is behind the saga. */
  isReady(name: string): boolean {
    const { is } = this.step(name);
    return is === 'pending' && this.ancestors(name).every((it) => ['done', 'skipped'].includes(this.step(it).is));
  }

  /** The replies that the step must be given: those of the steps before it that have one. */
  repliesFor(name: string): Replies {
    const replies = this.ancestors(name).map((it) => [it, this.step(it).reply] as const);
    return Object.fromEntries(replies.filter(([, reply]) => reply !== undefined));
  }

  /** Whether the step's own condition lets it run; undefined if it throws. */
  runs(name: string): boolean | undefined {
    return unlessItThrows(() => holds(this.planOf(name).when, this.repliesFor(name)));
  }

  /** What is to be taken back next, now that nothing is at work. */
  nextOwed(): string | undefined {
    const owed = this.those('done', 'unknown', 'skipped').filter((name) => this.#isOwed(name));
    const order = this.plan.compensationOrder?.map(nameOf);
    const rank = (name: string) => (order === undefined ? -this.step(name).doneSeq : order.indexOf(name));
    return owed.sort((one, other) => rank(one) - rank(other))[0];
  }

  #isOwed(name: string): boolean {
    const { worked, kept } = this.step(name);
    return worked && !kept && undoOf(this.planOf(name)) !== undefined;
  }

  undoOf(name: string): UndoPlan {
    const undo = undoOf(this.planOf(name));
    insist(undo !== undefined, `${name} has no compensation`);
    return undo;
  }

  /** What `compensation.when` says of the step; undefined if it throws. */
  wantsUndo(name: string): boolean | undefined {
    return unlessItThrows(() => undoHolds(this.undoOf(name).when, this.failure ?? { code: '' }));
  }

  /** The first kept event that the step wants. */
  keptFor(name: string): KeptEvent | undefined {
    return this.kept.find(({ event }) => eventsOf(this.planOf(name)).includes(event));
  }

  /** The steps that may still want such an event. */
  wanting(event: string): string[] {
    if (this.failure !== undefined || this.ended !== undefined) return [];
    return this.those('pending', 'listening').filter((name) => eventsOf(this.planOf(name)).includes(event));
  }

  isAtWork(): boolean {
    return this.those(...AT_WORK).length > 0;
  }

  /** When the saga as a whole has taken too long, if that is still of interest. */
  deadline(): number {
    const { timeoutMs } = this.plan;
    if (timeoutMs === undefined || this.failure !== undefined || this.isPastPivot) return Number.POSITIVE_INFINITY;
    return this.countsFrom + timeoutMs + this.pausedMs;
  }
}

function unlessItThrows<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
