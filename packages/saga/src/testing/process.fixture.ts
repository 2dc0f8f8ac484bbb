import type { SagaDefinition } from '../core/definition.js';
import type { RuntimeOptions } from '../runtime/options.js';
import type { Clock, EngineLog } from '../runtime/ports.js';
import { SagaRuntime } from '../runtime/runtime.js';
import type { JournalWrite, SagaStore } from '../runtime/store.js';
import { Life } from './simulation/life.js';
import { ProcessClock } from './simulation/process-clock.js';
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
  readonly #life = new Life();

  constructor(
    world: World,
    store: SagaStore,
    clock: Clock,
    { fault, away = false, connected = true, ...options }: ProcessOptions = {},
  ) {
    const own = new ProcessClock(clock, this.#life, () => {});
    this.connection = new StoreConnection(store);
    this.connection.away = away;
    this.sender = new FakeSender(world, own, fault);
    this.sender.connected = connected;
    const definitions: readonly SagaDefinition[] = [TRIP];
    const log = this.#log();
    this.runtime = new SagaRuntime({
      definitions,
      store: this.connection.store,
      sender: this.sender,
      owner: 'a',
      clock: own,
      log,
      ...options,
    });
    this.started = this.runtime.start();
  }

  /** Ends it on the spot: no timer fires, no answer arrives, nothing more is written. */
  kill(): void {
    this.#life.kill();
    this.connection.dead = true;
  }

  /** SIGSTOP: nothing of it goes on until `resume`. */
  suspend(): void {
    this.#life.stall();
  }

  resume(): void {
    this.#life.resume();
  }

  #log(): EngineLog {
    const line = (level: string) => (context: object, message: string) =>
      void this.lines.push(`${level} ${message} ${'err' in context ? String(context.err) : ''}`.trim());
    return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  }
}

export const TRIP = tripSaga();
