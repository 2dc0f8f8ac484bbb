import type { SagaDefinition } from '../../core/definition.js';
import type { LogEntry } from '../../core/log.js';
import type { SagaState } from '../../core/saga.js';
import { MemoryStore } from '../../runtime/memory-store.js';
import { type EngineLog, silentLog } from '../../runtime/ports.js';
import type { RuntimeOptions, SagaRuntime } from '../../runtime/runtime.js';
import { VirtualClock } from '../virtual-clock.js';
import { Calm } from './calm.js';
import { contractsOf } from './contracts.js';
import { type Interference, smooth } from './interference.js';
import { JournalWatch } from './journal-watch.js';
import { Network } from './network.js';
import { Orchestrator } from './orchestrator.js';
import type { Handlers } from './participants.js';

export interface SimulationOptions {
  readonly definition: SagaDefinition;
  readonly handlers: Handlers;
  readonly interference?: Partial<Interference>;
  /** A handler threw, or was given something that breaks its contract. */
  readonly onFault: (error: Error) => void;
  readonly settings?: Pick<RuntimeOptions, 'sweepMs' | 'graceMs'>;
}

/** How long what is overdue may still be looked at by somebody; after that nobody does, and nothing happens. In ms. */
const ATTENTION_MS = 10_000;

/** Processes of the engine and participants on one memory store, in virtual time: all of it may go wrong. */
export class Simulation {
  readonly clock: VirtualClock;
  readonly store: MemoryStore;
  readonly watch = new JournalWatch();
  readonly network: Network;
  /** In the order in which they were started. */
  readonly processes: Orchestrator[] = [];
  /** What the engine has said about things that must not be. */
  readonly complaints: string[] = [];
  readonly #calm = new Calm();
  readonly #options: SimulationOptions;
  readonly #interference: Interference;
  #changedAt = 0;
  #onStart: (() => void)[] = [];

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#interference = { ...smooth, ...options.interference };
    this.clock = new VirtualClock({ settle: () => this.#calm.settle(), quietUntil: () => this.#quietUntil() });
    this.store = new MemoryStore(() => this.clock.now());
    this.watch.onChange = () => this.#stir();
    this.network = new Network({
      clock: this.clock,
      contracts: contractsOf(options.definition),
      handlers: options.handlers,
      interference: this.#interference,
      onFault: options.onFault,
      track: (work) => this.#calm.track(work),
    });
  }

  /** Starts a process of the engine. */
  boot(owner: string): Orchestrator {
    const { definition, settings = {} } = this.#options;
    const { store, watch, clock, network } = this;
    const stir = () => this.#stir();
    const options = { owner, definition, store, watch, clock, network, settings, stir, log: this.#log() };
    const process = new Orchestrator({ ...options, interference: this.#interference });
    this.processes.push(process);
    this.#stir();
    for (const tell of this.#onStart.splice(0)) tell();
    return process;
  }

  /** The youngest process that lives. */
  get process(): Orchestrator | undefined {
    return this.processes.findLast(({ life }) => !life.isDead);
  }

  /** Asks a process, and the next one if it dies before it answers: as a client does that waits for an answer. */
  async ask<T>(request: (runtime: SagaRuntime, process: Orchestrator) => Promise<T>): Promise<T> {
    for (;;) {
      const { process } = this;
      if (process === undefined) await new Promise<void>((resolve) => this.#onStart.push(resolve));
      else {
        const asked = process.life.goesOn().then(() => request(process.runtime, process));
        const answer = await Promise.race([asked.then((value) => ({ value })), process.life.died]);
        this.#stir();
        if (answer !== undefined) return answer.value;
      }
    }
  }

  /** A saga as it was last written. */
  saga(sagaId: string): SagaState | undefined {
    return this.watch.rows.get(sagaId)?.saga;
  }

  logs(sagaId: string): Promise<readonly LogEntry[]> {
    return this.store.logs(sagaId);
  }

  #stir(): void {
    this.#changedAt = this.clock.now();
    this.#calm.stir();
  }

  /** Until a row is due, or somebody is about to look at one that is. */
  #quietUntil(): number {
    const now = this.clock.now();
    let until = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.watch.rows.values()) {
      if (dueAt === null) continue;
      if (dueAt > now) until = Math.min(until, dueAt);
      else if (now < Math.max(dueAt, this.#changedAt) + ATTENTION_MS) return now;
    }
    return until;
  }

  #log(): EngineLog {
    const complain = (context: object, message: string) => {
      const cause = 'err' in context ? `: ${String(context.err)}` : '';
      this.complaints.push(`${message}${cause}`);
    };
    return { ...silentLog, error: complain };
  }
}
