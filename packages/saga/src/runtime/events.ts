import type { LogEntry, LogEvent } from '../core/log.js';
import type { SagaState } from '../core/saga.js';
import type { EngineLog } from './ports.js';
import type { Recorded } from './runner-options.js';

/**
 * What a monitor can listen to in this process, and the log entry that comes with it. Each is told after the journal has it,
 * once per entry, with the saga as it is after the whole transition.
 */
export interface SagaEvents {
  /** It is journaled; its steps begin at once, or at its start time. */
  sagaStarted: LogEntry;
  sagaCompleted: LogEntry;
  sagaCompensated: LogEntry;
  /** The first compensation of a saga that fails begins. A saga that has nothing to take back tells only of its end. */
  sagaCompensating: LogEntry;
  /** A compensation exhausted its attempts, or was refused: a person must retry or skip it. */
  sagaParked: LogEntry;
  /** Its own time is over: what is at work counts as unknown, and what was done is taken back. */
  sagaTimedOut: LogEntry;
  /** It waits for an event now. */
  sagaWaiting: LogEntry;
  sagaPaused: LogEntry;
  sagaResumed: LogEntry;
  sagaCancelRequested: LogEntry;
  /** This process has taken it over: its former holder is gone, or it was nobody's and has become due. */
  sagaRecovered: undefined;
  stepStarted: LogEntry;
  stepCompleted: LogEntry;
  /** A business "no": nothing was done. */
  stepRefused: LogEntry;
  /** It is given up: its outcome stays unknown. */
  stepFailed: LogEntry;
  /** Its command, or that of its compensation, is sent again. */
  stepRetried: LogEntry;
  /** By its condition, because the saga fails, because an event did not come, or by a person. */
  stepSkipped: LogEntry;
  stepCompensated: LogEntry;
}

/** Told of what it listens to. What it throws is logged. */
export type SagaListener<E extends keyof SagaEvents> = (saga: SagaState, entry: SagaEvents[E]) => void;

type Listener = (saga: SagaState, entry: LogEntry | undefined) => void;

/** Tells monitors what the journal recorded. A listener that throws is logged and harms nobody else. */
export class Events {
  readonly #listeners = new Map<keyof SagaEvents, readonly Listener[]>();
  readonly #log: EngineLog;

  constructor(log: EngineLog) {
    this.#log = log;
  }

  /** From now on the listener is told; until the returned function is called. */
  on<E extends keyof SagaEvents>(event: E, listener: SagaListener<E>): () => void {
    // One of its own, so that a listener that was given twice is removed once.
    const own: Listener = (saga, entry) => listener(saga, entry as SagaEvents[E]);
    this.#listeners.set(event, [...this.#of(event), own]);
    return () =>
      void this.#listeners.set(
        event,
        this.#of(event).filter((each) => each !== own),
      );
  }

  recorded({ running: { saga }, before, logs }: Recorded): void {
    if (this.#listeners.size === 0) return;
    let isFirst = before !== undefined && goesForward(before);
    for (const entry of logs) {
      if (isFirst && entry.event === 'COMPENSATION_STARTED' && !entry.data.immediate) {
        isFirst = false;
        this.#tell('sagaCompensating', saga, entry);
      }
      const event = isParking(entry) ? 'sagaParked' : eventOf(entry);
      if (event !== undefined) this.#tell(event, saga, entry);
    }
  }

  taken(saga: SagaState): void {
    this.#tell('sagaRecovered', saga);
  }

  #of(event: keyof SagaEvents): readonly Listener[] {
    return this.#listeners.get(event) ?? [];
  }

  #tell(event: keyof SagaEvents, saga: SagaState, entry?: LogEntry): void {
    for (const listener of this.#of(event)) {
      try {
        listener(saga, entry);
      } catch (error) {
        this.#log.error({ err: error, event }, 'a listener of saga events threw');
      }
    }
  }
}

/** Whether the saga has not begun to take back what was done. */
function goesForward(saga: SagaState): boolean {
  if (saga.status === 'PAUSED') return saga.resumesAs === 'FORWARD';
  return saga.status === 'RUNNING' || saga.status === 'WAITING';
}

/** Whether the entry says that a person must look after a compensation. */
export const isParking = ({ event, data }: LogEntry): boolean =>
  event === 'COMPENSATION_FAILED' && data.retryAt === undefined;

const EVENTS: { readonly [E in LogEvent]?: keyof SagaEvents } = {
  SAGA_STARTED: 'sagaStarted',
  SAGA_COMPLETED: 'sagaCompleted',
  SAGA_COMPENSATED: 'sagaCompensated',
  SAGA_TIMED_OUT: 'sagaTimedOut',
  SAGA_PAUSED: 'sagaPaused',
  SAGA_RESUMED: 'sagaResumed',
  SAGA_CANCEL_REQUESTED: 'sagaCancelRequested',
  EVENT_AWAITED: 'sagaWaiting',
  STEP_STARTED: 'stepStarted',
  STEP_COMPLETED: 'stepCompleted',
  STEP_REFUSED: 'stepRefused',
  STEP_FAILED: 'stepFailed',
  STEP_TIMED_OUT: 'stepFailed',
  STEP_RETRIED: 'stepRetried',
  COMPENSATION_RETRIED: 'stepRetried',
  STEP_SKIPPED: 'stepSkipped',
  STEP_SKIPPED_BY_OPERATOR: 'stepSkipped',
  STEP_COMPENSATED: 'stepCompensated',
};

/** An attempt that will be made again is not worth telling of; that it is made again is. */
const eventOf = ({ event, data }: LogEntry): keyof SagaEvents | undefined =>
  'retryAt' in data && data.retryAt !== undefined ? undefined : EVENTS[event];
