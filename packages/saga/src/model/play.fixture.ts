import { isDeepStrictEqual } from 'node:util';
import { commandId, type LocalCall, type OutgoingCommand } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import { SagaError } from '../core/errors.js';
import { evolve, fold } from '../core/evolve.js';
import type { Happening } from '../core/happening.js';
import type { LogEntry, LogEvent } from '../core/log.js';
import { restart } from '../core/restart.js';
import type { SagaState } from '../core/saga.js';
import { begin, type Transition, transition } from '../core/transition.js';
import type { Action } from './action.fixture.js';
import { cureOf, happeningOf } from './choice.fixture.js';
import { definitionOf, type Told } from './definition.fixture.js';
import type { Sending } from './happenings.fixture.js';
import { insist, Model } from './model.fixture.js';
import type { Plan } from './plan.fixture.js';
import { isAtRest } from './rest.fixture.js';
import { adopt, followCopy, takenOver } from './restart.fixture.js';
import { follow } from './rules.fixture.js';
import { agree, verdictOf } from './verdict.fixture.js';

const INPUT = { n: 7 };
const EPOCH = 1_900_000_000_000;
/** More happenings than any saga of the generators needs to end. */
const ENOUGH = 400;
const SENDS: Partial<Record<LogEvent, 'do' | 'undo'>> = {
  STEP_STARTED: 'do',
  STEP_RETRIED: 'do',
  COMPENSATION_STARTED: 'undo',
  COMPENSATION_RETRIED: 'undo',
};

/** A sending that an entry asks for. */
interface Order extends Sending {
  readonly told: Told;
  readonly isCall: boolean;
}

/** One saga under whatever happens, with the model beside it: each transition is checked against the rules. */
export class Play {
  readonly definition: SagaDefinition;
  readonly model: Model;
  readonly logs: LogEntry[] = [];
  /** Statuses that the saga has had. */
  readonly statuses = new Set<string>();
  /** Kinds of happenings, with whether they applied. */
  readonly happened = new Set<string>();
  saga: SagaState;
  readonly #sent: Sending[] = [];
  readonly #ids = new Set<string>();
  readonly #story: { readonly at: number; readonly said: unknown }[] = [];
  /** The state as the journal keeps it. */
  #kept = '';
  #now: number;
  #dueAt: number | null = null;

  static begun(plan: Plan): Play {
    const definition = definitionOf(plan);
    const start = plan.startsInMs === undefined ? {} : { startsAt: EPOCH + plan.startsInMs };
    const first = begin(definition, { sagaId: 's', businessKey: 'b', input: INPUT, ...start }, EPOCH);
    return new Play(definition, new Model(plan), EPOCH, first, new Set());
  }

  private constructor(
    definition: SagaDefinition,
    model: Model,
    now: number,
    first: Transition,
    copied: ReadonlySet<string>,
  ) {
    this.definition = definition;
    this.model = model;
    this.saga = first.saga;
    this.#now = now;
    this.#checked('begin', () => this.#follow(first, { kind: 'due' }, copied));
  }

  /** A saga that begins anew from a step of this one, which has ended; undefined if it rightly cannot. */
  restarted(from: string): Play | undefined {
    const copied = takenOver(this.model, from);
    const request = { source: this.saga, logs: this.logs, from, sagaId: `${this.saga.sagaId}r`, businessKey: 'b2' };
    try {
      const first = restart(this.definition, request, this.#now);
      insist(copied !== undefined, `it begins anew from ${from}, though it must not`);
      const model = new Model(this.model.plan);
      adopt(model, this.model, copied);
      return new Play(this.definition, model, this.#now, first, copied);
    } catch (error) {
      if (!(error instanceof SagaError) || error.code !== 'NOT_APPLICABLE') throw error;
      insist(copied === undefined, `it does not begin anew from ${from}: ${error.message}`);
      return undefined;
    }
  }

  act(action: Action): void {
    if (action.do === 'pass') this.#now += action.ms;
    if (action.do === 'turnBack') this.#now -= action.ms;
    if (action.do === 'passUntilDue') this.#passUntilDue();
    const happening = happeningOf(this.model, this.#sent, action);
    if (happening !== undefined) this.#happen(happening);
  }

  /** Every command is answered from now on, every event arrives, and a person looks after what is held. */
  finish(): void {
    for (let times = 0; this.model.ended === undefined; times++) {
      const cure = cureOf(this.model);
      if (cure.kind === 'due') this.#passUntilDue();
      this.#checked('finish', () => insist(times < ENOUGH, 'it does not end'));
      this.#happen(cure);
    }
    const isSame = isDeepStrictEqual(fold(this.logs, this.saga.sagaId), this.saga);
    insist(isSame, 'the journal does not fold to the state');
  }

  #passUntilDue(): void {
    this.#now = Math.max(this.#now, this.#dueAt ?? 0);
  }

  #happen(happening: Happening): void {
    this.#checked(happening, () => {
      const before = this.saga;
      const read = JSON.parse(this.#kept) as SagaState;
      const verdict = verdictOf(this.model, happening, this.#now);
      const next = transition(this.definition, read, happening, this.#now);
      insist(JSON.stringify(read) === this.#kept, 'the transition has changed the state that it was given');
      agree(verdict, happening, next);
      if (next.ignored === undefined) this.#isChanged(before, next);
      else isUnchanged(before, next, happening);
      this.happened.add(`${happening.kind} ${next.ignored === undefined ? 'applied' : 'ignored'}`);
      this.#follow(next, happening, new Set());
    });
  }

  /** The entries, and nothing else, have changed the state; and the journal gives it back as it was. */
  #isChanged(before: SagaState, { saga, logs }: Transition): void {
    insist(isDeepStrictEqual(logs.reduce(evolve, before), saga), 'the entries do not lead to the state');
    insist(isDeepStrictEqual(JSON.parse(JSON.stringify(saga)), saga), 'as JSON it is another state');
  }

  #follow({ saga, logs, commands, calls, dueAt }: Transition, cause: Happening, copied: ReadonlySet<string>): void {
    const isCopy = ({ event, step }: LogEntry) => copied.has(step ?? '') || event === 'EVENT_RECEIVED';
    const ownFrom = copied.size === 0 ? 0 : logs.findIndex((entry, place) => place > 0 && !isCopy(entry));
    const orders: Order[] = [];
    for (const [place, entry] of logs.entries()) {
      this.#story.push({ at: this.#now, said: entry });
      if (place > 0 && place < ownFrom) {
        followCopy(this.model, entry);
        continue;
      }
      follow(this.model, entry, cause);
      const order = this.#orderOf(entry);
      if (order !== undefined && !isUnsendable(entry, logs[place + 1])) orders.push(order);
    }
    this.#mustSend(orders, commands, calls);
    this.saga = saga;
    this.#kept = JSON.stringify(saga);
    this.#dueAt = dueAt;
    this.logs.push(...logs);
    this.statuses.add(saga.status);
    isAtRest(this.model, saga, dueAt, this.#now);
  }

  /** What the command of an entry must be, if it asks for one. */
  #orderOf({ event, step, attempt }: LogEntry): Order | undefined {
    const phase = SENDS[event];
    if (phase === undefined || step === null || attempt === null) return undefined;
    const { model } = this;
    const failure = model.failure ?? model.step(step).error;
    const told = phase === 'do' ? { input: INPUT, replies: model.repliesFor(step) } : { input: INPUT, failure };
    const { kind } = phase === 'do' ? model.planOf(step) : model.undoOf(step);
    return { step, phase, attempt, told, isCall: kind === 'local' };
  }

  /** What is sent is what the entries say, each under an id of its own, and told exactly what it may know. */
  #mustSend(orders: readonly Order[], commands: readonly OutgoingCommand[], calls: readonly LocalCall[]): void {
    insist(commands.length + calls.length === orders.length, `${orders.length} entries, but not as many commands`);
    for (const { step, phase, attempt, told, isCall } of orders) {
      const id = commandId(this.saga.sagaId, step, phase, attempt);
      insist(!this.#ids.has(id), `two commands have the id ${id}`);
      this.#ids.add(id);
      this.#sent.push({ step, phase, attempt });
      const sent = (isCall ? calls : commands).find((it) => it.id === id);
      insist(sent !== undefined, `${id} is not sent`);
      if ('payload' in sent) insist(isDeepStrictEqual(sent.payload, told), `${id} is not told ${JSON.stringify(told)}`);
    }
  }

  /** Tells, in the error, what has happened so far. */
  #checked(happening: Happening | string, check: () => void): void {
    this.#story.push({ at: this.#now, said: happening });
    try {
      check();
    } catch (error) {
      const story = this.#story.map(({ at, said }) => `  +${at - EPOCH} ms ${JSON.stringify(said)}`);
      throw new Error(`${(error as Error).message}\n${story.join('\n')}`, { cause: error });
    }
  }
}

/** The function that makes up the command has thrown: there is nothing to send. */
const isUnsendable = ({ step }: LogEntry, next: LogEntry | undefined): boolean =>
  next !== undefined && next.step === step && 'error' in next.data && next.data.error.code === 'DEFINITION_ERROR';

/** A happening that does not apply leaves the saga as it was, but for the line about a late reply. */
function isUnchanged(before: SagaState, { saga, logs, commands, calls }: Transition, { kind }: Happening): void {
  insist(commands.length + calls.length === 0, 'an ignored happening sends something');
  insist(logs.length <= (kind === 'reply' ? 1 : 0), 'an ignored happening is journaled');
  const { logSeq, updatedAt } = before;
  const isSame = JSON.stringify({ ...saga, logSeq, updatedAt }) === JSON.stringify(before);
  insist(isSame, 'an ignored happening changes the state');
  insist(saga.logSeq === logSeq + logs.length, 'an ignored happening counts');
}
