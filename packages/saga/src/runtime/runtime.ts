import { type Outcome, parseCommandId } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import { SagaError } from '../core/errors.js';
import type { Happening } from '../core/happening.js';
import { hasEnded, type SagaState } from '../core/saga.js';
import { check } from '../core/schema.js';
import { begin, type Transition, transition } from '../core/transition.js';
import type { CrashPoint } from './crash-points.js';
import { EndWatch } from './end-watch.js';
import { Events, type SagaEvents } from './events.js';
import { Journal } from './journal.js';
import { type Clock, type CommandSender, type EngineLog, silentLog, systemClock } from './ports.js';
import { RunningSaga } from './running-saga.js';
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
  readonly #log: EngineLog;
  readonly #journal: Journal;
  readonly #events: Events;
  readonly #endWatch: EndWatch;
  readonly #sweeper: Sweeper;
  readonly #running = new Map<string, RunningSaga>();
  readonly #maxConcurrentSagas: number;
  #stopTicking: (() => void) | undefined;
  #stopping = false;

  constructor(options: RuntimeOptions) {
    const { store, sender, owner, clock = systemClock, log = silentLog, crashPoint } = options;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#maxConcurrentSagas = options.maxConcurrentSagas ?? 5_000;
    this.#definitions = new Map(options.definitions.map((definition) => [keyOf(definition), definition]));
    this.#events = new Events(log);
    this.#journal = new Journal({ store, sender, owner, clock, log, ...(crashPoint !== undefined && { crashPoint }) });
    this.#endWatch = new EndWatch({ store, clock, log, isHere: (sagaId) => this.#running.has(sagaId) });
    this.#sweeper = new Sweeper({
      store,
      clock,
      log,
      owner,
      definitions: options.definitions,
      sweepMs: options.sweepMs ?? 250,
      graceMs: options.graceMs ?? 500,
      room: () => (this.#stopping ? 0 : this.#maxConcurrentSagas - this.#running.size),
      held: () => this.#overdueHere(),
      take: (record) => this.#take(record),
    });
    sender.onReply((id, outcome) => this.#onReply(id, outcome));
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
    const first = begin(
      definition,
      { ...request, input: this.#admitted(definition, request.input) },
      this.#clock.now(),
    );
    const running = new RunningSaga(definition, first.saga, 0, null);
    running.busy = true;
    if (this.#running.has(request.sagaId)) return this.#existing(definition, request);
    this.#running.set(request.sagaId, running);
    const written = await this.#insert(first, request);
    if (!written) return this.#existing(definition, request);
    this.#committed(running, first, 1);
    void this.#proceed(running);
    return { created: true, record: { saga: first.saga, revision: 1, owner: this.#options.owner } };
  }

  /** The ended saga; or undefined if it has not ended after `waitMs`. */
  async ended(sagaId: string, waitMs: number): Promise<SagaState | undefined> {
    const watched = this.#endWatch.wait(sagaId, waitMs);
    if (!this.#running.has(sagaId)) {
      const record = await this.find({ by: 'id', sagaId });
      if (record !== undefined && hasEnded(record.saga)) this.#endWatch.ended(record.saga);
    }
    return watched;
  }

  /** One saga as the journal has it. */
  find(key: SagaKey): Promise<SagaRecord | undefined> {
    return this.#options.store.find(key);
  }

  /**
   * Applies what a person or another service wants of a saga, whichever process runs it, and returns the state after it.
   *
   * @throws SagaError UNKNOWN_SAGA, UNKNOWN_DEFINITION; NOT_APPLICABLE with the reason if it changes nothing.
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
      const next = transition(definition, record.saga, happening, this.#clock.now());
      if (next.ignored !== undefined) throw new SagaError('NOT_APPLICABLE', next.ignored);
      if ((await this.#journal.update(next, record.revision, () => true)) === 'lost') continue;
      this.#adopt(definition, next, record.revision + 1);
      return next.saga;
    }
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
    return this.#running.size;
  }

  /** Takes on nothing new, lets what awaits a reply go on for at most `drainMs`, then hands over the rest. */
  async stop(drainMs: number): Promise<void> {
    this.#stopping = true;
    this.#sweeper.stop();
    const deadline = this.#clock.now() + drainMs;
    while (this.#clock.now() < deadline && [...this.#running.values()].some((running) => running.awaitsReply())) {
      await new Promise<void>((resolve) => this.#clock.after(10, resolve));
    }
    this.#stopTicking?.();
    this.#endWatch.stop();
    const left = [...this.#running.values()].map(({ saga: { sagaId }, revision }) => ({ sagaId, revision }));
    this.#running.clear();
    if (left.length > 0) await this.#options.store.release(left);
  }

  #admitted(definition: SagaDefinition, input: unknown): unknown {
    if (this.#stopping)
      throw new SagaError('STOPPING', 'this process is stopping; start the saga at another', { retryAfterMs: 1_000 });
    if (this.#running.size >= this.#maxConcurrentSagas) {
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

  async #insert(first: Transition, { sagaId, idempotency }: StartRequest): Promise<boolean> {
    try {
      if ((await this.#journal.insert(first, idempotency)) === 'written') return true;
      this.#running.delete(sagaId);
      return false;
    } catch (cause) {
      this.#running.delete(sagaId);
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

  #onReply(id: string, outcome: Outcome): void {
    const parts = parseCommandId(id);
    const running = parts && this.#running.get(parts.sagaId);
    if (running === undefined) {
      this.#log.info({ commandId: id, outcome: outcome.outcome }, 'late reply: no saga here waits for it');
      return;
    }
    const { step, phase, attempt } = parts as NonNullable<typeof parts>;
    this.#post(running, { kind: 'reply', step, phase, attempt, outcome });
  }

  #post(running: RunningSaga, happening: Happening): void {
    running.mailbox.push(happening);
    if (!running.busy) void this.#proceed(running);
  }

  /** Applies the happenings that wait, one after the other, each journaled before the next. Never rejects. */
  async #proceed(running: RunningSaga): Promise<void> {
    running.busy = true;
    for (let happening = running.mailbox.shift(); happening !== undefined; happening = running.mailbox.shift()) {
      const next = transition(running.definition, running.saga, happening, this.#clock.now());
      if (next.ignored !== undefined)
        this.#log.info({ sagaId: next.saga.sagaId, kind: happening.kind }, `ignored: ${next.ignored}`);
      if (next.logs.length > 0 && !(await this.#commit(running, next))) return;
    }
    running.busy = false;
    if (hasEnded(running.saga) || running.dueAt === null) this.#running.delete(running.saga.sagaId);
  }

  /** False if this process is behind and has let go of the saga. */
  async #commit(running: RunningSaga, next: Transition): Promise<boolean> {
    const { sagaId } = next.saga;
    try {
      const result = await this.#journal.update(
        next,
        running.revision,
        () => this.#stopping && !this.#running.has(sagaId),
      );
      if (result === 'lost') {
        await this.#resume(running);
        return false;
      }
    } catch (error) {
      this.#log.warn({ err: error, sagaId }, 'the journal could not be reached before the process stopped');
      return false;
    }
    this.#committed(running, next, running.revision + 1);
    return true;
  }

  #committed(running: RunningSaga, { saga, logs, dueAt }: Transition, revision: number): void {
    running.saga = saga;
    running.revision = revision;
    running.dueAt = dueAt;
    this.#events.recorded(saga, logs);
    if (hasEnded(saga)) this.#endWatch.ended(saga);
  }

  /** Whoever is behind drops its copy and goes on from the row, if the row is still its own. */
  async #resume(running: RunningSaga): Promise<void> {
    const { sagaId } = running.saga;
    this.#running.delete(sagaId);
    try {
      const [record] = await this.#options.store.load([sagaId]);
      if (record === undefined || record.owner !== this.#options.owner) {
        this.#log.info({ sagaId, owner: record?.owner }, 'another process has gone on with this saga');
      } else if (hasEnded(record.saga)) this.#endWatch.ended(record.saga);
      else this.#take(record);
    } catch (error) {
      this.#log.warn({ err: error, sagaId }, 'could not read the saga again; the next sweep takes it over');
    }
  }

  /** Goes on with a saga whose former holder is gone. */
  #take(record: SagaRecord): void {
    const definition = this.#definitions.get(keyOf(record.saga));
    if (definition === undefined || this.#running.has(record.saga.sagaId)) return;
    const running = new RunningSaga(definition, record.saga, record.revision, this.#clock.now());
    this.#running.set(record.saga.sagaId, running);
    this.#post(running, { kind: 'recovered' });
  }

  /** Goes on with a saga after a transition that was made outside its mailbox. */
  #adopt(definition: SagaDefinition, next: Transition, revision: number): void {
    this.#events.recorded(next.saga, next.logs);
    if (hasEnded(next.saga)) return this.#endWatch.ended(next.saga);
    const running = this.#running.get(next.saga.sagaId);
    // A copy at work here learns from its next write that it is behind, and goes on from the row.
    if (running?.busy) return;
    const adopted = new RunningSaga(definition, next.saga, revision, next.dueAt);
    if (next.dueAt !== null) this.#running.set(next.saga.sagaId, adopted);
  }

  #tick(): void {
    const now = this.#clock.now();
    for (const running of this.#running.values()) if (running.isDue(now)) this.#post(running, { kind: 'due' });
  }

  #overdueHere(): string[] {
    const now = this.#clock.now();
    return [...this.#running.values()].flatMap(({ dueAt, busy, saga }) =>
      busy || (dueAt !== null && dueAt <= now) ? [saga.sagaId] : [],
    );
  }
}

const keyOf = ({ type, version }: { type: string; version: number }): string => `${type}@${version}`;
