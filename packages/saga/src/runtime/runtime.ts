import type { SagaDefinition } from '../core/definition.js';
import { messageOf, SagaError } from '../core/errors.js';
import type { Happening } from '../core/happening.js';
import type { SagaState } from '../core/saga.js';
import { check } from '../core/schema.js';
import { begin, type Transition, transition } from '../core/transition.js';
import type { CrashPoint } from './crash-points.js';
import { EndWatch } from './end-watch.js';
import { Events, type SagaEvents } from './events.js';
import { Journal } from './journal.js';
import { type Clock, type CommandSender, type EngineLog, silentLog, systemClock } from './ports.js';
import { keyOf, Runner } from './runner.js';
import type { IdempotencyRecord, SagaKey, SagaRecord, SagaStore } from './store.js';
import { Sweeper } from './sweeper.js';

export interface RuntimeOptions {
  readonly definitions: readonly SagaDefinition[];
  readonly store: SagaStore;
  readonly sender: CommandSender;
  /** The process's stable name: when it is started again, it takes back at once whatever bears it. */
  readonly owner: string;
  /** How many sagas the process takes on; past it, starting one is refused. Default 5000. */
  readonly maxConcurrentSagas?: number;
  /** How often overdue sagas of processes that are gone are looked for, in ms. Default 250. */
  readonly sweepMs?: number;
  /** How long a saga must be overdue before another process takes it over, in ms. Default 500. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly log?: EngineLog;
  readonly crashPoint?: CrashPoint;
}

/** Which saga to start. */
export interface StartRequest {
  /** Unique over all sagas; a UUIDv7 keeps the journal's index compact. */
  readonly sagaId: string;
  /** Unique per saga type. */
  readonly businessKey: string;
  readonly input: unknown;
  readonly idempotency?: IdempotencyRecord;
  readonly traceparent?: string;
}

/** `created` is false if a saga with the same id, business key or idempotency key exists: then `record` is that one. */
export interface StartResult {
  readonly created: boolean;
  readonly record: SagaRecord;
}

/** How often due times of the sagas in this process are looked at, in ms. */
const TICK_MS = 25;

/** Runs sagas: performs what transitions ask for. One per process; several processes may share a store. */
export class SagaRuntime {
  readonly #definitions: ReadonlyMap<string, SagaDefinition>;
  readonly #options: RuntimeOptions;
  readonly #clock: Clock;
  readonly #journal: Journal;
  readonly #events: Events;
  readonly #endWatch: EndWatch;
  readonly #runner: Runner;
  readonly #sweeper: Sweeper;
  readonly #isOpen: () => boolean;
  readonly #maxConcurrentSagas: number;
  /** Sagas that are being inserted: whoever starts one of them again waits for that. */
  readonly #starting = new Map<string, Promise<unknown>>();
  #stopTicking: (() => void) | undefined;
  #stopping = false;

  constructor(options: RuntimeOptions) {
    const { store, sender, owner, clock = systemClock, log = silentLog, crashPoint } = options;
    this.#isOpen = () => sender.isOpen?.() ?? true;
    this.#options = options;
    this.#clock = clock;
    this.#maxConcurrentSagas = options.maxConcurrentSagas ?? 5_000;
    this.#definitions = new Map(options.definitions.map((definition) => [keyOf(definition), definition]));
    this.#events = new Events(log);
    this.#journal = new Journal({ store, sender, owner, clock, ...(crashPoint !== undefined && { crashPoint }) });
    this.#endWatch = new EndWatch({ store, clock, log, isHere: (sagaId) => this.#runner.has(sagaId) });
    this.#runner = new Runner({
      definitions: this.#definitions,
      store,
      journal: this.#journal,
      events: this.#events,
      clock,
      log,
      owner,
      onEnd: (saga) => this.#endWatch.ended(saga),
    });
    this.#sweeper = new Sweeper({
      store,
      clock,
      log,
      owner,
      definitions: options.definitions,
      sweepMs: options.sweepMs ?? 250,
      graceMs: options.graceMs ?? 500,
      room: () => (this.#stopping ? 0 : this.#maxConcurrentSagas - this.#runner.size),
      isOpen: this.#isOpen,
      held: (which) => this.#runner.held(which),
      take: (record) => this.#runner.take(record),
    });
    sender.onReply((id, outcome) => this.#runner.onReply(id, outcome));
  }

  /** Takes back what bears the owner's name, and begins to watch due times. Does not wait for the store. */
  start(): void {
    this.#stopTicking = this.#clock.every(TICK_MS, () => this.#tick());
    this.#sweeper.start();
  }

  /** Whether the sweep at boot has been done: the store was reached, and what was left behind is under way again. */
  hasSwept(): boolean {
    return this.#sweeper.hasSwept();
  }

  /**
   * Journals a new saga and sets it going. Once this resolves, the saga is not forgotten.
   *
   * @throws SagaError INVALID_INPUT, UNKNOWN_DEFINITION, TOO_MANY_SAGAS, STOPPING: nothing was started.
   *   JOURNAL_UNAVAILABLE: whether it was started is not known; starting it again with the same id is safe.
   */
  async run(definition: SagaDefinition, request: StartRequest): Promise<StartResult> {
    const { sagaId, idempotency } = request;
    if (this.#sweeper.firstSweep !== undefined) await this.#sweeper.firstSweep;
    const starting = this.#starting.get(sagaId);
    if (starting !== undefined || this.#runner.has(sagaId)) {
      await starting?.catch(() => {});
      return this.#existing(definition, request);
    }
    const input = this.#admitted(definition, request.input);
    const first = begin(definition, { ...request, input }, this.#clock.now());
    if (!(await this.#start(definition, first, idempotency))) return this.#existing(definition, request);
    const record = { saga: first.saga, revision: 1, owner: this.#options.owner };
    return { created: true, record: idempotency === undefined ? record : { ...record, idempotency } };
  }

  /** The ended saga; or undefined if it has not ended after `waitMs`, or when the process stops. Never rejects. */
  async ended(sagaId: string, waitMs: number): Promise<SagaState | undefined> {
    const watched = this.#endWatch.wait(sagaId, waitMs);
    if (!this.#runner.has(sagaId)) await this.#endWatch.look([sagaId]);
    return watched;
  }

  /** One saga as the journal has it. @throws SagaError JOURNAL_UNAVAILABLE */
  async find(key: SagaKey): Promise<SagaRecord | undefined> {
    try {
      return await this.#options.store.find(key);
    } catch (cause) {
      const message = 'the journal cannot be read; try again in a second';
      throw new SagaError('JOURNAL_UNAVAILABLE', message, { cause, retryAfterMs: 1_000 });
    }
  }

  /**
   * Applies what a person or another service wants of a saga, whichever process runs it, and returns the state after it.
   *
   * @throws SagaError UNKNOWN_SAGA, UNKNOWN_DEFINITION; NOT_APPLICABLE with the reason if it changes nothing;
   *   JOURNAL_UNAVAILABLE if the journal cannot be reached: asking again is safe.
   */
  async control(
    sagaId: string,
    happening: Extract<Happening, { kind: 'cancelRequested' | 'retry' | 'skip' }>,
  ): Promise<SagaState> {
    for (;;) {
      const record = await this.find({ by: 'id', sagaId });
      if (record === undefined) throw new SagaError('UNKNOWN_SAGA', `there is no saga ${sagaId}`);
      const definition = this.#definitions.get(keyOf(record.saga));
      if (definition === undefined)
        throw new SagaError('UNKNOWN_DEFINITION', `this process has no definition ${keyOf(record.saga)}`);
      const { ignored } = transition(definition, record.saga, happening, this.#clock.now());
      if (ignored !== undefined) throw new SagaError('NOT_APPLICABLE', ignored);
      const settled = await this.#runner.ask(definition, record, happening);
      if (settled.outcome === 'applied') return settled.saga;
      if (settled.outcome === 'ignored') throw new SagaError('NOT_APPLICABLE', settled.reason);
      if (settled.outcome === 'lost') continue;
      const message = 'the journal could not be written; ask again';
      throw new SagaError('JOURNAL_UNAVAILABLE', message, { cause: settled.error, retryAfterMs: 1_000 });
    }
  }

  /** Frees a saga's idempotency key, so that the next request with it starts another saga. */
  forgetIdempotencyKey(sagaId: string): Promise<void> {
    return this.#options.store.forgetIdempotencyKey(sagaId);
  }

  /** Definitions that sagas in the journal need and this process lacks; it leaves those sagas alone. */
  async missingDefinitions(): Promise<readonly { type: string; version: number; count: number }[]> {
    return (await this.#options.store.inFlight()).filter((needed) => !this.#definitions.has(keyOf(needed)));
  }

  on<E extends keyof SagaEvents>(event: E, listener: (...args: SagaEvents[E]) => void): void {
    this.#events.on(event, listener);
  }

  /** Sagas that this process is at work on. */
  get activeCount(): number {
    return this.#runner.size;
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
    this.#stopTicking?.();
    this.#endWatch.stop();
    await this.#runner.letGo();
  }

  /** On a closed door nobody knocks: each attempt would cost two journal entries, and make the next wait longer. */
  #tick(): void {
    if (!this.#isOpen()) return;
    this.#sweeper.catchUp();
    this.#runner.tick();
  }

  #admitted(definition: SagaDefinition, input: unknown): unknown {
    if (this.#stopping)
      throw new SagaError('STOPPING', 'this process is stopping; start the saga at another', { retryAfterMs: 1_000 });
    if (this.#runner.size >= this.#maxConcurrentSagas) {
      const message = `${this.#maxConcurrentSagas} sagas are under way already; try again in a second`;
      throw new SagaError('TOO_MANY_SAGAS', message, { retryAfterMs: 1_000 });
    }
    if (!this.#definitions.has(keyOf(definition))) {
      throw new SagaError(
        'UNKNOWN_DEFINITION',
        `${keyOf(definition)} was not given to this runtime; add it to its definitions`,
      );
    }
    const result = check(definition.input, input);
    if (!result.ok)
      throw new SagaError('INVALID_INPUT', `the input of ${definition.type} is not valid: ${result.problems}`);
    return result.value;
  }

  /** Whether the saga is new, and under way now. */
  async #start(definition: SagaDefinition, first: Transition, idempotency?: IdempotencyRecord): Promise<boolean> {
    const { sagaId } = first.saga;
    const running = this.#runner.begin(definition, first.saga);
    const inserting = this.#insert(first, idempotency);
    this.#starting.set(sagaId, inserting);
    try {
      const written = await inserting;
      if (written) this.#runner.begun(running, first);
      else this.#runner.forget(running);
      return written;
    } catch (error) {
      this.#runner.forget(running);
      throw error;
    } finally {
      this.#starting.delete(sagaId);
    }
  }

  async #insert(first: Transition, idempotency: IdempotencyRecord | undefined): Promise<boolean> {
    try {
      return (await this.#journal.insert(first, idempotency)) === 'written';
    } catch (cause) {
      if (this.#options.store.isItemError(cause)) {
        throw new SagaError('INVALID_INPUT', `the journal cannot keep this saga: ${messageOf(cause)}`, { cause });
      }
      const message = 'the journal cannot be reached; starting the saga again with the same id is safe';
      throw new SagaError('JOURNAL_UNAVAILABLE', message, { cause, retryAfterMs: 1_000 });
    }
  }

  async #existing({ type }: SagaDefinition, { sagaId, businessKey, idempotency }: StartRequest): Promise<StartResult> {
    const record =
      (await this.find({ by: 'id', sagaId })) ??
      (await this.find({ by: 'businessKey', type, businessKey })) ??
      (idempotency && (await this.find({ by: 'idempotencyKey', scope: idempotency.scope, key: idempotency.key })));
    if (record !== undefined) return { created: false, record };
    const message = 'a saga with this key was there a moment ago and is gone; start it again';
    throw new SagaError('JOURNAL_UNAVAILABLE', message, { retryAfterMs: 0 });
  }
}
