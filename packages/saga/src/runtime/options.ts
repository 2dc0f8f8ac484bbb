import type { SagaDefinition } from '../core/definition.js';
import type { CrashPoint } from './crash-points.js';
import type { Clock, CommandSender, EngineLog } from './ports.js';
import type { SagaStore } from './store.js';

/** What a runtime runs, with what, and how much of it. */
export interface RuntimeOptions {
  /** Several versions of a saga may be given side by side: each saga goes on under the one that it began with. */
  readonly definitions: readonly SagaDefinition[];
  readonly store: SagaStore;
  readonly sender: CommandSender;
  /**
   * The process's stable name: when it is started again, it takes back at once whatever bears it. No other live process may
   * have it.
   */
  readonly owner: string;
  /**
   * How many sagas the process takes on; past it, starting one is refused. Those of one lane can take nine tenths of it.
   * Sagas that wait for long are in the journal only and do not count. Default 5000.
   */
  readonly maxConcurrentSagas?: number;
  /** How many functions of local steps run at a time; further ones wait for their turn. Default 100. */
  readonly maxConcurrentCalls?: number;
  /** How long `control` and `signal` wait for a journal that is away, in ms. Default 5000. */
  readonly controlTimeoutMs?: number;
  /** How often overdue sagas of processes that are gone are looked for, in ms. Default 250. */
  readonly sweepMs?: number;
  /** How long a saga must be overdue before another process takes it over, in ms. Default 500. */
  readonly graceMs?: number;
  readonly clock?: Clock;
  readonly log?: EngineLog;
  readonly crashPoint?: CrashPoint;
}
