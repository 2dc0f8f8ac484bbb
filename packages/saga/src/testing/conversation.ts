import { AssertionError, deepStrictEqual } from 'node:assert';
import type {
  CommandContract,
  EventContract,
  LocalCall,
  Outcome,
  OutgoingCommand,
  PayloadFor,
  Phase,
} from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import type { Happening } from '../core/happening.js';
import type { LogEntry } from '../core/log.js';
import { atWork, failureOf, hasEnded, type SagaState, type SagaStatus } from '../core/saga.js';
import { check, type InputOf, type OutputOf, type Schema } from '../core/schema.js';
import { begin, type Transition, transition } from '../core/transition.js';
import { Expectation } from './expectation.js';

/** Epoch ms at which conversations begin. */
const STARTED_AT = Date.UTC(2030, 0, 1);
/** Most attempts that `failForGood` and `timeOutForGood` follow before they say that the step is never given up. */
const FOREVER = 1_000;

/**
 * Plays a saga against participants that the test speaks for, without a broker, a database or waiting:
 *
 * ```ts
 * conversation(tripSaga, input)
 *   .expect(flight.book).reply({ flightId: 'LH 1', price: 100 })
 *   .expect(hotel.book).refuse('NO_ROOM')
 *   .expect(flight.cancel).reply({})
 *   .ends('COMPENSATED');
 * ```
 *
 * Each call throws an AssertionError, with the conversation so far, as soon as the saga says something else. Time passes
 * by itself where the saga waits: for its next attempt, or for an answer that `timeOut` withholds.
 */
export function conversation<Input, Replies>(
  definition: SagaDefinition<Input, Replies>,
  input: NoInfer<Input>,
): Conversation<Replies> {
  return new Conversation(definition, input);
}

/** A function of a local step, as a command that the test answers. */
export interface LocalContract<Reply> extends CommandContract {
  readonly reply: Schema<Reply, Reply>;
}

const ANYTHING: Schema<never, never> = {
  '~standard': { version: 1, vendor: 'saga', validate: (value) => ({ value: value as never }) },
};

/** What a conversation calls the function of a local step. */
const localName = ({ step, phase }: Pick<LocalCall, 'step' | 'phase'>): string =>
  `${phase === 'do' ? 'run' : 'take back'} ${step}`;

/** A saga, and what has been said. */
export class Conversation<Replies = unknown> {
  readonly #definition: SagaDefinition;
  readonly #said: string[] = [];
  readonly #logs: LogEntry[] = [];
  #outstanding: OutgoingCommand[] = [];
  #now = STARTED_AT;
  #dueAt: number | null = null;
  #saga: SagaState;

  constructor(definition: SagaDefinition, input: unknown) {
    this.#definition = definition;
    const admitted = check(definition.input, input);
    if (!admitted.ok) throw new AssertionError({ message: `the input is not valid: ${admitted.problems}` });
    const beginning = { sagaId: '00000000-0000-7000-8000-000000000000', businessKey: 'conversation' };
    const first = begin(definition, { ...beginning, input: admitted.value }, this.#now);
    this.#saga = first.saga;
    this.#follow(first);
  }

  /** The saga as it is now. */
  get saga(): SagaState {
    return this.#saga;
  }

  /** Its journal so far. */
  get logs(): readonly LogEntry[] {
    return this.#logs;
  }

  /** The time in the conversation. Epoch ms. */
  get now(): number {
    return this.#now;
  }

  /** The saga's next command must be this one; with this payload, or one that the function finds right (it throws if not). */
  expect<C extends CommandContract>(
    command: C,
    payload?: PayloadFor<C> | ((payload: OutputOf<C['payload']>) => void),
  ): Expectation<C, Replies> {
    const sent = this.#next(command.name);
    const checked = check(command.payload, sent.payload);
    if (!checked.ok) this.#fail(`the payload of ${command.name} breaks its contract: ${checked.problems}`);
    else if (typeof payload === 'function') (payload as (payload: unknown) => void)(checked.value);
    else if (payload !== undefined) {
      const what = this.#told(`the payload of ${command.name} is not the expected one`);
      sameJson(sent.payload, payload, what);
    }
    return new Expectation(this, command, sent);
  }

  /** The saga must call this local step's function, for which the test answers; `undo`: its local compensation. */
  expectLocal<Name extends keyof Replies & string, const P extends Phase = 'do'>(
    step: Name,
    phase: P = 'do' as P,
  ): Expectation<LocalContract<P extends 'do' ? Replies[Name] : object>, Replies> {
    const name = localName({ step, phase });
    const command = { name, queue: '', payload: ANYTHING, reply: ANYTHING, refusals: [] };
    return new Expectation(this, command as never, this.#next(name));
  }

  /** An event arrives, for a step that waits for it, or will. */
  signal<E extends EventContract>(event: E, payload: InputOf<E['payload']>, id?: string): this {
    const happening = { kind: 'event', event: event.name, payload, ...(id !== undefined && { id }) } as const;
    return this.#apply(happening, `the event ${event.name} arrives`);
  }

  /** The saga must wait for these events, and for nothing else. */
  awaits(...events: readonly EventContract[]): this {
    this.#passWhile(() => this.#outstanding.length === 0 && this.#saga.status === 'RUNNING');
    const awaited = atWork(this.#saga).flatMap(([, { waiting }]) => ('events' in waiting ? waiting.events : []));
    const names = events.map(({ name }) => name);
    if (this.#saga.status !== 'WAITING' || names.toSorted().join() !== awaited.toSorted().join())
      this.#fail(
        `expected the saga to wait for ${names.join(', ')}; it is ${this.#saga.status}, and waits for ${awaited.join(', ') || 'no event'}`,
      );
    return this;
  }

  /** A person has everything taken back at once. */
  compensate(reason = 'taken back by a test'): this {
    return this.#apply({ kind: 'compensate', reason });
  }

  /** A person pauses it: nothing more is sent. */
  pause(): this {
    return this.#apply({ kind: 'pause' });
  }

  /** A person lets the paused saga go on. */
  resume(): this {
    return this.#apply({ kind: 'resume' });
  }

  /** Somebody asks to cancel the saga, which must be possible now. */
  cancel(reason = 'cancelled by a test'): this {
    return this.#apply({ kind: 'cancelRequested', reason });
  }

  /** A person has a parked compensation tried again. */
  retry(): this {
    return this.#apply({ kind: 'retry' });
  }

  /** A person declares a step, or a compensation, settled; with the reply that later steps need. */
  skip(step: string, reason = 'settled by a test', reply?: unknown): this {
    return this.#apply({ kind: 'skip', step, reason, ...(reply !== undefined && { reply }) });
  }

  /** The process that runs the saga dies, and another takes over: what awaited an answer is sent again. */
  crash(): this {
    this.#outstanding = [];
    this.happen({ kind: 'recovered' }, 'the process dies, another one takes over');
    return this;
  }

  /** Lets time pass; what falls due meanwhile happens. */
  wait(ms: number): this {
    const end = this.#now + ms;
    while (this.#dueAt !== null && this.#dueAt <= end) this.#passUntilDue();
    this.#now = end;
    return this;
  }

  /** The saga must have ended so, with nothing left to say; `failure` is the code it must have failed with. */
  ends(status: 'COMPLETED' | 'COMPENSATED', failure?: string): this {
    this.#passWhile(() => this.#outstanding.length === 0 && !hasEnded(this.#saga));
    return this.#stands(status, failure);
  }

  /** The saga must be parked: a compensation was refused or has exhausted its attempts, and a person must look. */
  parks(failure?: string): this {
    return this.#stands('COMPENSATION_FAILED', failure);
  }

  /** Applies any happening, for what the other methods cannot say. Gives the reason if the saga ignores it. */
  happen(happening: Happening, said: string = happening.kind): string | undefined {
    this.#said.push(said);
    return this.#follow(transition(this.#definition, this.#saga, happening, this.#now));
  }

  /** @internal */
  answer(command: OutgoingCommand, outcome: Outcome, said: string): this {
    this.#outstanding = this.#outstanding.filter(({ id }) => id !== command.id);
    const { step, phase, attempt } = command;
    return this.#apply({ kind: 'reply', step, phase, attempt, outcome }, said);
  }

  /** Passes the time until the command is given up. @internal */
  silence(command: OutgoingCommand): this {
    this.#said.push(`${command.name}: no answer`);
    this.#outstanding = this.#outstanding.filter(({ id }) => id !== command.id);
    const atWork = command.phase === 'do' ? 'RUNNING' : 'COMPENSATING';
    this.#passWhile(() => {
      const step = this.#saga.steps[command.step];
      return step?.status === atWork && 'dueAt' in step.waiting && step.attempt === command.attempt;
    });
    return this;
  }

  /** Answers the command, and each time it is sent again, until it is not sent again any more. @internal */
  forGood(command: OutgoingCommand, answer: (command: OutgoingCommand) => void): this {
    let sent: OutgoingCommand | undefined = command;
    for (let times = 1; sent !== undefined; times++) {
      if (times > FOREVER) this.#fail(`${command.name} is never given up: it is sent again after every failure`);
      answer(sent);
      this.#passWhile(() => this.#outstanding.length === 0 && this.#waitsForRetry(command.step));
      sent = this.#take(({ step, phase }) => step === command.step && phase === command.phase);
    }
    return this;
  }

  #apply(happening: Happening, said: string = happening.kind): this {
    const ignored = this.happen(happening, said);
    return ignored === undefined ? this : this.#fail(`the saga ignores it: ${ignored}`);
  }

  #next(name: string): OutgoingCommand {
    this.#passWhile(() => this.#outstanding.length === 0 && !hasEnded(this.#saga));
    const sent = this.#take((command) => command.name === name);
    if (sent !== undefined) {
      this.#said.push(`the saga sends ${name}${sent.attempt > 1 ? ` (attempt ${sent.attempt})` : ''}`);
      return sent;
    }
    const instead = this.#outstanding.map((command) => command.name).join(', ');
    return this.#fail(
      `expected ${name}, but ${instead === '' ? `the saga is ${this.#saga.status}` : `the saga sent ${instead}`}`,
    );
  }

  #take(wanted: (command: OutgoingCommand) => boolean): OutgoingCommand | undefined {
    const found = this.#outstanding.find(wanted);
    this.#outstanding = this.#outstanding.filter((command) => command !== found);
    return found;
  }

  #waitsForRetry(name: string): boolean {
    const step = this.#saga.steps[name];
    return step !== undefined && 'waiting' in step && 'retryAt' in step.waiting;
  }

  #passWhile(waiting: () => boolean): void {
    for (let times = 0; times < FOREVER && waiting() && this.#dueAt !== null; times++) this.#passUntilDue();
  }

  #passUntilDue(): void {
    if (this.#dueAt === null) return;
    this.#now = Math.max(this.#now, this.#dueAt);
    this.#follow(transition(this.#definition, this.#saga, { kind: 'due' }, this.#now));
  }

  #follow({ saga, logs, commands, calls, dueAt, ignored }: Transition): string | undefined {
    this.#saga = saga;
    this.#dueAt = dueAt;
    this.#logs.push(...logs);
    const asked = calls.map((call) => ({ ...call, name: localName(call), queue: '', payload: undefined }));
    this.#outstanding = [...this.#outstanding, ...commands, ...asked].filter((sent) => this.#isAwaited(sent));
    return ignored;
  }

  /** Whether an answer to it would still count: it was not given up, nor replaced by a later sending. */
  #isAwaited({ step: name, phase, attempt }: OutgoingCommand): boolean {
    const step = this.#saga.steps[name];
    if (step?.status !== (phase === 'do' ? 'RUNNING' : 'COMPENSATING')) return false;
    return step.attempt === attempt && 'dueAt' in step.waiting;
  }

  #stands(status: SagaStatus, failure: string | undefined): this {
    if (this.#saga.status !== status) {
      const names = this.#outstanding.map(({ name }) => name).join(', ');
      this.#fail(`expected the saga to be ${status}, but it is ${this.#saga.status}${names && `, and sent ${names}`}`);
    }
    const code = failureOf(this.#saga)?.code;
    if (failure !== undefined && code !== failure)
      this.#fail(`expected the saga to fail with ${failure}, but it failed with ${code}`);
    return this;
  }

  #fail(what: string): never {
    throw new AssertionError({ message: this.#told(what), stackStartFn: this.expect });
  }

  #told(what: string): string {
    return `${what}\nThe conversation so far:\n${this.#said.map((line) => `  ${line}`).join('\n')}`;
  }
}

/** Compares as JSON, which is what travels: a property that is undefined is none. */
function sameJson(actual: unknown, expected: unknown, message: string): void {
  try {
    deepStrictEqual(JSON.parse(JSON.stringify(actual)), JSON.parse(JSON.stringify(expected)));
  } catch (error) {
    throw new AssertionError({ message: `${message}\n${(error as Error).message}`, actual, expected });
  }
}
