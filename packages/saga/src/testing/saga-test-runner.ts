import type { EventContract, OutgoingCommand } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import type { ControlHappening } from '../core/happening.js';
import type { LogEntry } from '../core/log.js';
import { atWork, failureOf, hasEnded, type SagaState } from '../core/saga.js';
import type { InputOf } from '../core/schema.js';
import type { StartRequest } from '../runtime/runtime.js';
import type { Duration } from './duration.js';
import { msOf } from './duration.js';
import { type Fault, Faults, type Sending } from './faults.js';
import { contractsOf } from './simulation/contracts.js';
import { nameOfLocal } from './simulation/local-steps.js';
import type { Orchestrator } from './simulation/orchestrator.js';
import type { Handlers } from './simulation/participants.js';
import { Simulation } from './simulation/simulation.js';

/** What a `SagaTestRunner` needs to know. */
export interface TestRunnerOptions {
  /** A function for each command that the saga's steps send, by the command's name; their state is the test's. */
  readonly participants: Handlers;
}

/** What may be said of the saga to start, besides its input. */
export type StartOptions = Partial<Omit<StartRequest, 'input'>>;

const SAGA_ID = '00000000-0000-7000-8000-000000000000';
/** More commands than any saga sends that comes to an end. */
const TOO_MANY_SENT = 20_000;

/**
 * Runs one saga as in production, on a real runtime, but with participants that are functions, in memory, and in time that
 * passes only when the test says so:
 *
 * ```ts
 * const runner = new SagaTestRunner(tripSaga, {
 *   participants: { 'flight.book': () => ({ price: 100 }), 'flight.cancel': () => ({}), 'card.charge': () => refusal('DECLINED') },
 * });
 * await runner.start({ tripId: '7' });
 * expect(await runner.ended()).toMatchObject({ status: 'COMPENSATED', failure: { code: 'DECLINED' } });
 * ```
 *
 * Every method that returns a promise lets what it sets going come to rest, except that no time passes but in `advance` and
 * `ended`. Messages take a millisecond. What a participant throws comes out of the method that the test awaits.
 */
export class SagaTestRunner<Input = unknown> {
  readonly #definition: SagaDefinition;
  readonly #simulation: Simulation;
  readonly #faults: Faults;
  readonly #names: ReadonlyMap<string, string>;
  /** By participants. */
  readonly #thrown: Error[] = [];
  #sagaId: string | undefined;
  #saga: SagaState | undefined;
  #logs: readonly LogEntry[] = [];

  /** @throws Error if a command has no participant, or a participant no command. */
  constructor(definition: SagaDefinition<Input>, { participants }: TestRunnerOptions) {
    this.#definition = definition as SagaDefinition;
    this.#names = faultNames(this.#definition);
    this.#faults = new Faults((process) => this.#takeOver(process));
    this.#simulation = new Simulation({
      definition: this.#definition,
      handlers: participants,
      interference: this.#faults.interference,
      onFault: (error) => this.#thrown.push(error),
    });
    this.#simulation.boot('orchestrator-1');
  }

  /**
   * Lets something go wrong with a command, by its name, or with a local function, by its step's name (its compensation:
   * `take back <step>`): with its nth sending, or with each.
   */
  fault(what: string, fault: Fault, sending: Sending = 'always'): this {
    const name = this.#names.get(what);
    if (name === undefined)
      throw new Error(`no step does ${what}; what can go wrong are ${[...this.#names.keys()].join(', ')}`);
    this.#faults.set(name, fault, sending);
    return this;
  }

  /**
   * Starts the saga. Resolves when it is in the journal, and its first commands are on their way.
   *
   * @throws SagaError INVALID_INPUT
   */
  async start(input: NoInfer<Input>, options: StartOptions = {}): Promise<SagaState> {
    if (this.#sagaId !== undefined)
      throw new Error('this runner has started its saga; make a new one for another saga');
    const { sagaId = SAGA_ID } = options;
    this.#sagaId = sagaId;
    const request = { businessKey: 'test', ...options, sagaId, input };
    await this.#do(this.#simulation.ask((runtime, { definition }) => runtime.run(definition, request)));
    return this.saga;
  }

  /** Lets time pass, in no time: `advance('24h')`. What falls due meanwhile happens. */
  async advance(duration: Duration): Promise<SagaState> {
    await this.#simulation.clock.advance(duration);
    await this.#refresh();
    return this.saga;
  }

  /**
   * Lets time pass until the saga has ended, at most so long, and gives it.
   *
   * @throws Error, saying what the saga waits for, if it does not end.
   */
  async ended(within: Duration = '400d'): Promise<SagaState> {
    const { clock, network } = this.#simulation;
    const before = network.sent.length;
    const isOver = () =>
      this.#hasEnded() || this.#isStuck() || this.#thrown.length > 0 || network.sent.length - before > TOO_MANY_SENT;
    await clock.until(isOver, msOf(within)).catch(() => {});
    await this.#refresh();
    if (!hasEnded(this.saga)) throw new Error(`the saga does not end: ${described(this.saga)}`);
    return this.saga;
  }

  /** An event arrives. The same `id` again is the same event. @throws SagaError if nothing waits for it, or will. */
  async signal<E extends EventContract>(event: E, payload: InputOf<E['payload']>, id?: string): Promise<SagaState> {
    const options = id === undefined ? {} : { id };
    await this.#do(this.#simulation.ask((runtime) => runtime.signal(this.#id(), event, payload, options)));
    return this.saga;
  }

  /** Somebody wants the saga taken back, once the outcome of what is under way is known. @throws SagaError NOT_APPLICABLE */
  cancel(reason = 'cancelled by a test'): Promise<SagaState> {
    return this.#control({ kind: 'cancelRequested', reason });
  }

  /** A person wants it taken back at once. @throws SagaError NOT_APPLICABLE */
  compensate(reason = 'taken back by a test'): Promise<SagaState> {
    return this.#control({ kind: 'compensate', reason });
  }

  /** A person pauses it: nothing more is sent. @throws SagaError NOT_APPLICABLE */
  pause(): Promise<SagaState> {
    return this.#control({ kind: 'pause' });
  }

  /** What was paused goes on. @throws SagaError NOT_APPLICABLE */
  resume(): Promise<SagaState> {
    return this.#control({ kind: 'resume' });
  }

  /** A person has a parked compensation, or what waits for its next attempt, tried now. @throws SagaError NOT_APPLICABLE */
  retry(): Promise<SagaState> {
    return this.#control({ kind: 'retry' });
  }

  /** A person declares a step settled, with the reply that later steps need. @throws SagaError NOT_APPLICABLE */
  skip(step: string, reason = 'settled by a test', reply?: unknown): Promise<SagaState> {
    return this.#control({ kind: 'skip', step, reason, ...(reply !== undefined && { reply }) });
  }

  /**
   * The process that runs the saga dies on the spot. `restart`: one of the same name starts, and takes back at once what it
   * had; `takeover`: one of another name takes the saga over when it is overdue, so let time pass.
   */
  async crash(then: 'restart' | 'takeover' = 'restart'): Promise<SagaState> {
    const { process } = this.#simulation;
    if (process !== undefined) this.#takeOver(process, then);
    await this.#simulation.clock.advance(0);
    await this.#refresh();
    return this.saga;
  }

  /** The saga as the journal has it. @throws Error before it was started. */
  get saga(): SagaState {
    if (this.#saga === undefined) throw new Error('the saga has not been started');
    return this.#saga;
  }

  /** Its journal. */
  get logs(): readonly LogEntry[] {
    return this.#logs;
  }

  /** The commands that were sent so far, in order. */
  get sent(): readonly OutgoingCommand[] {
    return this.#simulation.network.sent.map(({ command }) => command);
  }

  /** The time, in epoch ms. */
  get now(): number {
    return this.#simulation.clock.now();
  }

  #takeOver(process: Orchestrator, then: 'restart' | 'takeover' = 'restart'): void {
    process.life.kill();
    const { processes } = this.#simulation;
    this.#simulation.boot(then === 'restart' ? process.owner : `orchestrator-${processes.length + 1}`);
  }

  #id(): string {
    return this.saga.sagaId;
  }

  #hasEnded(): boolean {
    const saga = this.#simulation.saga(this.#id());
    return saga !== undefined && hasEnded(saga);
  }

  /** Whether no time that passes changes anything. */
  #isStuck(): boolean {
    return this.#simulation.watch.rows.get(this.#id())?.dueAt === null;
  }

  async #control(happening: Exclude<ControlHappening, { kind: 'event' }>): Promise<SagaState> {
    await this.#do(this.#simulation.ask((runtime) => runtime.control(this.#id(), happening)));
    return this.saga;
  }

  async #do(asked: Promise<unknown>): Promise<void> {
    asked.catch(() => {});
    await this.#simulation.clock.advance(0);
    await asked;
    await this.#refresh();
  }

  /** Looks at the journal, once all is at rest. @throws what a participant threw. */
  async #refresh(): Promise<void> {
    const thrown = this.#thrown.shift();
    if (thrown !== undefined) throw thrown;
    if (this.#sagaId === undefined) return;
    const { store } = this.#simulation;
    this.#saga = (await store.find({ by: 'id', sagaId: this.#sagaId }))?.saga;
    this.#logs = await store.logs(this.#sagaId);
  }
}

/** What faults may be said of: by what a test calls it, the name that it is sent by. */
function faultNames(definition: SagaDefinition): ReadonlyMap<string, string> {
  const names = new Map([...contractsOf(definition).keys()].map((name) => [name, name]));
  for (const { name, kind, compensation } of definition.steps) {
    if (kind === 'local') names.set(name, nameOfLocal(name, 'do'));
    if (compensation?.kind === 'local') names.set(nameOfLocal(name, 'undo'), nameOfLocal(name, 'undo'));
  }
  return names;
}

function described(saga: SagaState): string {
  const waits = atWork(saga).map(([name, { status, waiting }]) => {
    return 'events' in waiting ? `${name} waits for ${waiting.events.join(' or ')}` : `${name} is ${status}`;
  });
  const failure = failureOf(saga);
  const why = failure === undefined ? '' : `, because of ${failure.code} (${failure.message})`;
  return `it is ${saga.status}${why}${waits.length === 0 ? '' : `; ${waits.join(', ')}`}`;
}
