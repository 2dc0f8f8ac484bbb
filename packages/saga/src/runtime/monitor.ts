import { SagaError } from '../core/errors.js';
import type { SagaStatus } from '../core/saga.js';
import type { Control } from './controls.js';
import { type Clock, type EngineLog, silentLog, systemClock } from './ports.js';
import type { SagaRuntime } from './runtime.js';
import type { SagaSummary } from './saga-query.js';
import type { SagaStore } from './store.js';

/** Which sagas a monitor looks for, and what it does about them. */
export interface MonitorRule {
  /** Journaled with what is done, as `monitor:<name>`. */
  readonly name: string;
  /** Default: RUNNING, COMPENSATING, COMPENSATION_FAILED; not those that wait for an event or a person, as they should. */
  readonly statuses?: readonly SagaStatus[];
  /** Default: all. */
  readonly types?: readonly string[];
  /** Those that were started longer ago than this, in ms. */
  readonly olderThanMs: number;
  /**
   * `report`: nothing but that. `recover`: any process takes it over now. `retry`, `cancel`, `compensate`: as a person may
   * ask for it, see `SagaRuntime.control`.
   */
  readonly action: 'report' | 'recover' | 'retry' | 'cancel' | 'compensate';
}

/** Where a monitor looks, what for, and how often. */
export interface SagaMonitorOptions {
  readonly runtime: Pick<SagaRuntime, 'control'>;
  readonly store: Pick<SagaStore, 'list' | 'release'>;
  readonly rules: readonly MonitorRule[];
  /** How often it looks, in ms. */
  readonly everyMs: number;
  /** Told of each saga that is found, before anything is done about it. */
  readonly onFound?: (saga: SagaSummary, rule: MonitorRule) => void;
  readonly clock?: Clock;
  readonly log?: EngineLog;
}

const AT_WORK: readonly SagaStatus[] = ['RUNNING', 'COMPENSATING', 'COMPENSATION_FAILED'];
const PAGE = 100;
/** Most pages that one look takes per rule; the next look goes on from there. */
const PAGES_PER_LOOK = 10;

/**
 * Looks through the journal for sagas that are past a threshold, and does what its rules say: once for each saga and rule,
 * and once more each time it is still found after another `olderThanMs`. One process of several is enough to run it.
 */
export class SagaMonitor {
  readonly #options: SagaMonitorOptions;
  readonly #clock: Clock;
  readonly #log: EngineLog;
  readonly #rules: readonly Watched[];
  #stopTimer: (() => void) | undefined;
  #looking = false;
  #stopped = false;

  constructor(options: SagaMonitorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#rules = options.rules.map((rule) => ({ rule, actedAt: new Map(), cursor: undefined }));
  }

  /** Looks now, and then every `everyMs`. */
  start(): void {
    this.#stopTimer = this.#clock.every(this.#options.everyMs, () => void this.look());
    void this.look();
  }

  /** What is being done is done to its end; nothing is begun any more. */
  stop(): void {
    this.#stopped = true;
    this.#stopTimer?.();
  }

  /** Looks once for all rules. Never rejects: what fails is logged, and tried again at the next look. */
  async look(): Promise<void> {
    if (this.#looking || this.#stopped) return;
    this.#looking = true;
    for (const watched of this.#rules) {
      try {
        await this.#lookFor(watched);
      } catch (error) {
        this.#log.warn({ err: error, rule: watched.rule.name }, 'the monitor could not look for sagas; trying again');
      }
    }
    this.#looking = false;
  }

  async #lookFor(watched: Watched): Promise<void> {
    const { rule, actedAt } = watched;
    const { statuses = AT_WORK, types, olderThanMs } = rule;
    const createdBefore = this.#clock.now() - olderThanMs;
    const query = { statuses, ...(types && { types }), createdBefore, limit: PAGE };
    for (let page = 0; page < PAGES_PER_LOOK && !this.#stopped; page++) {
      const { cursor } = watched;
      const { sagas, nextCursor } = await this.#options.store.list({
        ...query,
        ...(cursor !== undefined && { cursor }),
      });
      for (const saga of sagas) await this.#found(watched, saga);
      watched.cursor = nextCursor;
      if (nextCursor === undefined) break;
    }
    for (const [sagaId, at] of actedAt) if (this.#clock.now() - at >= olderThanMs) actedAt.delete(sagaId);
  }

  async #found({ rule, actedAt }: Watched, saga: SagaSummary): Promise<void> {
    const now = this.#clock.now();
    const acted = actedAt.get(saga.sagaId);
    if (this.#stopped || (acted !== undefined && now - acted < rule.olderThanMs)) return;
    actedAt.set(saga.sagaId, now);
    const { sagaId, type, status, businessKey } = saga;
    const context = { sagaId, type, status, businessKey, rule: rule.name };
    try {
      this.#options.onFound?.(saga, rule);
      this.#log.warn({ ...context, ageMs: now - saga.createdAt }, `the monitor found a saga: ${rule.action}`);
      await this.#act(rule, saga);
    } catch (error) {
      if (error instanceof SagaError && error.code === 'NOT_APPLICABLE')
        this.#log.info(context, `the monitor can do nothing about the saga: ${error.message}`);
      else this.#log.warn({ ...context, err: error }, 'the monitor could not do anything about the saga');
    }
  }

  async #act(rule: MonitorRule, { sagaId, revision }: SagaSummary): Promise<void> {
    const { runtime, store } = this.#options;
    if (rule.action === 'recover') return store.release([{ sagaId, revision }]);
    const happening = happeningOf(rule);
    if (happening !== undefined) await runtime.control(sagaId, happening);
  }
}

interface Watched {
  readonly rule: MonitorRule;
  /** When something was done about which saga, in epoch ms. */
  readonly actedAt: Map<string, number>;
  /** Where the next look goes on. */
  cursor: string | undefined;
}

function happeningOf({ name, action, olderThanMs }: MonitorRule): Control | undefined {
  const said = { reason: `it was started more than ${olderThanMs} ms ago`, by: `monitor:${name}` };
  if (action === 'retry' || action === 'compensate') return { kind: action, ...said };
  return action === 'cancel' ? { kind: 'cancelRequested', ...said } : undefined;
}
