import type { Outcome, OutgoingCommand } from '../../core/command.js';
import type { SagaDefinition } from '../../core/definition.js';
import type { Clock, CommandSender, EngineLog } from '../../runtime/ports.js';
import { type RuntimeOptions, SagaRuntime } from '../../runtime/runtime.js';
import type { SagaStore } from '../../runtime/store.js';
import type { Boundary, Interference, Message } from './interference.js';
import type { JournalWatch } from './journal-watch.js';
import { Life } from './life.js';
import { hosted } from './local-steps.js';
import type { Network } from './network.js';
import { ProcessClock } from './process-clock.js';
import { connect } from './store-connection.js';

export interface OrchestratorOptions {
  readonly owner: string;
  readonly definition: SagaDefinition;
  readonly store: SagaStore;
  readonly watch: JournalWatch;
  readonly clock: Clock;
  readonly network: Network;
  readonly interference: Interference;
  readonly log: EngineLog;
  readonly settings: Pick<RuntimeOptions, 'sweepMs' | 'graceMs'>;
  /** Called whenever something happens. */
  readonly stir: () => void;
}

/** One process of the engine: a runtime with its connections and its timers, which can be killed or stalled. */
export class Orchestrator {
  readonly owner: string;
  readonly life = new Life();
  readonly runtime: SagaRuntime;
  /** The definition as this process runs it. */
  readonly definition: SagaDefinition;
  readonly #options: OrchestratorOptions;
  #listener: (id: string, outcome: Outcome) => void = () => {};

  constructor(options: OrchestratorOptions) {
    const { owner, store, watch, network, log, settings, stir } = options;
    const { life } = this;
    this.#options = options;
    this.owner = owner;
    const clock = new ProcessClock(options.clock, life, stir);
    const boundary = (reached: Boundary) => this.#reach(reached);
    this.definition = hosted(options.definition, { life, boundary, network });
    this.runtime = new SagaRuntime({
      definitions: [this.definition],
      store: connect({ store, life, clock, watch, boundary, stir }),
      sender: this.#sender(),
      owner,
      clock,
      log,
      ...settings,
    });
    this.runtime.start().catch((err: unknown) => log.error({ err }, 'the process cannot start'));
  }

  /** An answer arrives. */
  receive(message: Message, outcome: Outcome): void {
    const reply = { what: 'reply', of: message.command.name, message } as const;
    this.life.do(() => this.#reach({ when: 'before', ...reply }));
    this.life.do(() => this.#listener(message.command.id, outcome));
    this.life.do(() => this.#reach({ when: 'after', ...reply }));
  }

  #sender(): CommandSender {
    return {
      onReply: (listener) => {
        this.#listener = listener;
      },
      send: (commands) => {
        for (const command of commands) this.#send(command);
      },
    };
  }

  #send(command: OutgoingCommand): void {
    const message = this.#options.network.next(command);
    const send = { what: 'send', of: command.name, message } as const;
    this.life.do(() => this.#reach({ when: 'before', ...send }));
    this.life.do(() => this.#options.network.send(this, message));
    this.life.do(() => this.#reach({ when: 'after', ...send }));
  }

  #reach(boundary: Boundary): void {
    this.#options.stir();
    this.#options.interference.boundary(this, boundary);
  }
}
