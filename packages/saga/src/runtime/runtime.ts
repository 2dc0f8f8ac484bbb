import type { EventContract } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import { SagaError } from '../core/errors.js';
import type { SagaState } from '../core/saga.js';
import type { InputOf } from '../core/schema.js';
import { Admission } from './admission.js';
import { Calls } from './calls.js';
import { type Control, Controls, type SignalKey, type SignalOptions } from './controls.js';
import { replyPoints } from './crash-points.js';
import { EndWatch } from './end-watch.js';
import { Events, type SagaEvents, type SagaListener } from './events.js';
import { Journal } from './journal.js';
import { Lookup } from './lookup.js';
import { NamesakeWatch } from './namesake.js';
import type { RuntimeOptions } from './options.js';
import { type Clock, silentLog, systemClock } from './ports.js';
import { Registration } from './registration.js';
import { keyOf, Runner } from './runner.js';
import { RunningSagas } from './running-sagas.js';
import { type RestartRequest, type StartRequest, type StartResult, Starts } from './starts.js';
import { type RuntimeStatistics, Statistics } from './statistics.js';
import type { SagaCount, SagaKey, SagaRecord } from './store.js';
import { Sweeper } from './sweeper.js';

export type { RuntimeOptions } from './options.js';
export type { RestartRequest, StartRequest, StartResult } from './starts.js';

/** Runs sagas: performs what transitions ask for. One per process; several processes may share a store. */
export class SagaRuntime {
  readonly #options: RuntimeOptions;
  readonly #definitions: ReadonlyMap<string, SagaDefinition>;
  readonly #clock: Clock;
  readonly #running = new RunningSagas();
  readonly #events: Events;
  readonly #statistics: Statistics;
  readonly #endWatch: EndWatch;
  readonly #registration: Registration;
  readonly #lookup: Lookup;
  readonly #runner: Runner;
  readonly #calls: Calls;
  readonly #starts: Starts;
  readonly #controls: Controls;
  readonly #sweeper: Sweeper;
  #stopping = false;

  constructor(options: RuntimeOptions) {
    const { store, sender, clock = systemClock, log = silentLog, owner, crashPoint } = options;
    const running = this.#running;
    this.#options = options;
    this.#clock = clock;
    this.#definitions = new Map(options.definitions.map((definition) => [keyOf(definition), definition]));
    this.#events = new Events(log);
    this.#statistics = new Statistics(clock, this.#definitions.values());
    this.#registration = new Registration(store, options.definitions);
    this.#lookup = new Lookup(store, this.#definitions);
    this.#endWatch = new EndWatch({ store, clock, log, isHere: (sagaId) => running.has(sagaId) });
    const journal = new Journal({ store, sender, clock, ...(crashPoint !== undefined && { crashPoint }) });
    const isOpen = () => sender.isOpen?.() ?? true;
    const admission = new Admission(options.maxConcurrentSagas ?? 5_000, running);
    this.#runner = this.#createRunner(journal, isOpen);
    const most = options.maxConcurrentCalls ?? 100;
    const onOutcome: Runner['onReply'] = (id, outcome) => this.#runner.onReply(id, outcome);
    this.#calls = new Calls({ most, running, clock, log, onOutcome });
    const [runner, lookup] = [this.#runner, this.#lookup];
    this.#starts = new Starts({ store, journal, runner, admission, lookup, clock, owner });
    const agree = () => this.#registration.agree();
    this.#controls = new Controls({ runner, lookup, clock, agree, mostMs: options.controlTimeoutMs ?? 5_000 });
    this.#sweeper = this.#createSweeper(admission, isOpen, agree);
    sender.onReply(replyPoints(crashPoint, onOutcome));
  }

  /**
   * Takes back what bears the owner's name, and begins to watch due times. Resolves once the sagas of before the start are
   * under way again, which waits for the journal and for the way to the participants; nobody else must wait for it.
   *
   * @throws SagaError DEFINITION_CHANGED if a definition has other steps than sagas under way began with: nothing is run then.
   */
  start(): Promise<void> {
    return this.#sweeper.start();
  }

  /** Whether the sweep at boot has been done: the store was reached, and what was left behind is under way again. */
  hasSwept(): boolean {
    return this.#sweeper.hasSwept();
  }

  /**
   * Journals a new saga and sets it going. Once this resolves, the saga is not forgotten.
   *
   * @throws SagaError INVALID_INPUT, UNKNOWN_DEFINITION, DEFINITION_CHANGED, TOO_MANY_SAGAS, STOPPING: nothing was started.
   *   JOURNAL_UNAVAILABLE: whether it was started is not known; starting it again with the same id is safe.
   */
  async run(definition: SagaDefinition, request: StartRequest): Promise<StartResult> {
    await this.#ready();
    return this.#starts.run(this.#lookup.given(definition), request);
  }

  /**
   * Starts a new saga from a step of one that has ended: what the other did before that step counts as done, also in the
   * new saga's journal. Repeating it with the same `sagaId` gives the one that is there.
   *
   * @throws SagaError as `run`; and UNKNOWN_SAGA; NOT_APPLICABLE if the other has not ended, has no such step, has been pruned,
   *   or took back one of the steps that would count as done.
   */
  async restart(sagaId: string, request: RestartRequest): Promise<StartResult> {
    await this.#ready();
    return this.#starts.restart(sagaId, request);
  }

  /** The ended saga; or undefined if it has not ended after `waitMs`, or when the process stops. Never rejects. */
  async ended(sagaId: string, waitMs: number): Promise<SagaState | undefined> {
    const watched = this.#endWatch.wait(sagaId, waitMs);
    if (!this.#running.has(sagaId)) await this.#endWatch.look([sagaId]);
    return watched;
  }

  /** One saga as the journal has it. @throws SagaError JOURNAL_UNAVAILABLE */
  find(key: SagaKey): Promise<SagaRecord | undefined> {
    return this.#lookup.find(key);
  }

  /**
   * Applies what a person or another service wants of a saga, whichever process runs it, and returns the state after it.
   *
   * @throws SagaError UNKNOWN_SAGA, UNKNOWN_DEFINITION, DEFINITION_CHANGED; NOT_APPLICABLE with the reason if it changes
   *   nothing; JOURNAL_UNAVAILABLE if the journal cannot be reached for `controlTimeoutMs`: whether it was applied is not
   *   known, asking again is safe.
   */
  control(sagaId: string, happening: Control): Promise<SagaState> {
    return this.#controls.control(sagaId, happening);
  }

  /**
   * Hands an event to a saga, whichever process runs it, and returns the state after it. An event that no step waits for yet
   * is kept for the one that will. With an `id` it is received once: again, it returns the state as it is.
   *
   * @throws SagaError as `control`; and INVALID_EVENT if the payload breaks the event's contract: nothing was kept.
   */
  signal<E extends EventContract>(
    key: SignalKey,
    event: E | string,
    payload: InputOf<E['payload']>,
    options: SignalOptions = {},
  ): Promise<SagaState> {
    return this.#controls.signal(key, typeof event === 'string' ? event : event.name, payload, options);
  }

  /** Frees a saga's idempotency key, so that the next request with it starts another saga. */
  forgetIdempotencyKey(sagaId: string): Promise<void> {
    return this.#options.store.forgetIdempotencyKey(sagaId);
  }

  /** How many sagas of the whole journal have not ended, by type, version and status. @throws SagaError JOURNAL_UNAVAILABLE */
  counts(): Promise<readonly SagaCount[]> {
    return this.#lookup.read(() => this.#options.store.counts());
  }

  /** Definitions that sagas in the journal need and this process lacks; it leaves those sagas alone. */
  async missingDefinitions(): Promise<readonly { type: string; version: number; count: number }[]> {
    return (await this.#options.store.inFlight()).filter((needed) => !this.#definitions.has(keyOf(needed)));
  }

  /** Has the listener told what happens to the sagas of this process, until the returned function is called. */
  on<E extends keyof SagaEvents>(event: E, listener: SagaListener<E>): () => void {
    return this.#events.on(event, listener);
  }

  /** What this process has done since its start, by definition and step. Reads nothing; costs next to nothing. */
  statistics(): RuntimeStatistics {
    return this.#statistics.summary(this.#running);
  }

  /** Sagas that this process is at work on. */
  get activeCount(): number {
    return this.#running.size;
  }

  /** Takes on nothing new, lets what awaits a reply go on for at most `drainMs`, then hands over the rest. Never rejects. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    this.#runner.stopTaking();
    this.#sweeper.stop();
    const deadline = this.#clock.now() + drainMs;
    while (this.#clock.now() < deadline && this.#runner.someAwaitReplies()) {
      await new Promise<void>((resolve) => this.#clock.after(10, resolve));
    }
    this.#endWatch.stop();
    await this.#runner.letGo();
  }

  /** Waits until sagas may be started. */
  async #ready(): Promise<void> {
    if (this.#sweeper.firstSweep !== undefined && !this.#stopping) await this.#sweeper.firstSweep;
    if (!this.#registration.isAgreed && !this.#stopping) await this.#registration.agree();
    if (this.#stopping)
      throw new SagaError('STOPPING', 'this process is stopping; start the saga at another', { retryAfterMs: 1_000 });
  }

  #createRunner(journal: Journal, isOpen: () => boolean): Runner {
    const { store, owner, clock = systemClock, log = silentLog } = this.#options;
    return new Runner({
      definitions: this.#definitions,
      store,
      journal,
      running: this.#running,
      namesakes: new NamesakeWatch({ store, clock, log, owner }),
      clock,
      log,
      owner,
      isOpen,
      onRecorded: (recorded) => {
        this.#statistics.recorded(recorded);
        this.#events.recorded(recorded);
      },
      onCalls: (calls) => this.#calls.add(calls),
      onTaken: (saga) => this.#events.taken(saga),
      onEnd: (saga) => this.#endWatch.ended(saga),
    });
  }

  #createSweeper(admission: Admission, isOpen: () => boolean, agree: () => Promise<void>): Sweeper {
    const {
      store,
      owner,
      definitions,
      sweepMs = 250,
      graceMs = 500,
      clock = systemClock,
      log = silentLog,
      crashPoint,
    } = this.#options;
    return new Sweeper({
      store,
      clock,
      log,
      owner,
      definitions,
      sweepMs,
      graceMs,
      isOpen,
      agree,
      room: () => (this.#stopping ? 0 : admission.room),
      held: (which) => this.#runner.held(which),
      take: (record) => this.#runner.take(record),
      ...(crashPoint !== undefined && { crashPoint }),
    });
  }
}
