import type { SagaDefinition } from '../core/definition.js';
import type { RuntimeOptions } from '../runtime/options.js';
import type { Clock, EngineLog } from '../runtime/ports.js';
import { SagaRuntime } from '../runtime/runtime.js';
import type { JournalWrite, SagaStore } from '../runtime/store.js';
import { tripSaga } from './trip.fixture.js';
import { FakeSender, type Fault, type World } from './world.fixture.js';

/** A store on the other end of a connection: it can be away, and its answers can get lost. */
export class StoreConnection {
  /** Rejects before anything is done: all calls, or those of these methods. */
  away: boolean | readonly (keyof SagaStore)[] = false;
  /** Of a write: it is done, and reported as failed. */
  losesAnswers = false;
  dead = false;
  /** Called before each write; what it returns is waited for. */
  beforeWrite: (round: readonly JournalWrite[]) => void | Promise<void> = () => {};
  /** Called after each claim, before its result arrives. */
  afterClaim: () => void | Promise<void> = () => {};
  readonly store: SagaStore;

  constructor(store: SagaStore) {
    this.store = new Proxy(store, {
      get: (target, method: keyof SagaStore) =>
        method === 'isItemError'
          ? (error: unknown) => target.isItemError(error)
          : (...args: unknown[]) => this.#call(target, method, args),
    });
  }

  async #call(target: SagaStore, method: keyof SagaStore, args: unknown[]): Promise<unknown> {
    if (method === 'write') await this.beforeWrite(args[0] as readonly JournalWrite[]);
    // Nobody hears of what a dead process had asked for.
    if (this.dead) return new Promise(() => {});
    if (this.away === true || (this.away !== false && this.away.includes(method)))
      throw new Error('connection refused');
    const result = await (target[method] as (...args: unknown[]) => unknown).apply(target, args);
    if (method === 'claim') await this.afterClaim();
    if (this.dead) return new Promise(() => {});
    if (method === 'write' && this.losesAnswers) throw new Error('connection reset');
    return result;
  }
}

/** The timers of one process: they end with it, and wait while it is stopped. */
class MortalClock implements Clock {
  dead = false;
  /** What would have fired while the process was stopped. */
  #held: (() => void)[] | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now = () => this.#clock.now();
  every = (ms: number, callback: () => void) => this.#clock.every(ms, () => this.#fire(callback));
  after = (ms: number, callback: () => void) => this.#clock.after(ms, () => this.#fire(callback));

  stop(): void {
    this.#held = [];
  }

  go(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const callback of held) callback();
  }

  #fire(callback: () => void): void {
    if (this.dead) return;
    if (this.#held === undefined) callback();
    else this.#held.push(callback);
  }
}

export interface ProcessOptions extends Partial<RuntimeOptions> {
  /** Whether the journal is away when it starts. */
  readonly away?: boolean;
  /** Whether its sender is connected when it starts; it is unless this says no. */
  readonly connected?: boolean;
  readonly fault?: (command: { readonly name: string; readonly step: string; readonly attempt: number }) => Fault;
}

/** One orchestrator process: a runtime with its connections, which can be killed. */
export class Process {
  readonly runtime: SagaRuntime;
  readonly started: Promise<void>;
  readonly sender: FakeSender;
  readonly connection: StoreConnection;
  readonly lines: string[] = [];
  readonly #clock: MortalClock;

  constructor(
    world: World,
    store: SagaStore,
    clock: Clock,
    { fault, away = false, connected = true, ...options }: ProcessOptions = {},
  ) {
    this.#clock = new MortalClock(clock);
    this.connection = new StoreConnection(store);
    this.connection.away = away;
    this.sender = new FakeSender(world, this.#clock, fault);
    this.sender.connected = connected;
    const definitions: readonly SagaDefinition[] = [TRIP];
    const log = this.#log();
    this.runtime = new SagaRuntime({
      definitions,
      store: this.connection.store,
      sender: this.sender,
      owner: 'a',
      clock: this.#clock,
      log,
      ...options,
    });
    this.started = this.runtime.start();
  }

  /** Ends it on the spot: no timer fires, no answer arrives, nothing more is written. */
  kill(): void {
    this.#clock.dead = true;
    this.connection.dead = true;
  }

  /** SIGSTOP: nothing of it goes on until `resume`. */
  suspend(): void {
    this.#clock.stop();
  }

  resume(): void {
    this.#clock.go();
  }

  #log(): EngineLog {
    const line = (level: string) => (context: object, message: string) =>
      void this.lines.push(`${level} ${message} ${'err' in context ? String(context.err) : ''}`.trim());
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  }
}

export const TRIP = tripSaga();
