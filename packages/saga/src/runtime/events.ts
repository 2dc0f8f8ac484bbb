import type { LogEntry } from '../core/log.js';
import type { SagaState } from '../core/saga.js';
import type { EngineLog } from './ports.js';

/** What a monitor can listen to. Each is told after the journal has it. */
export interface SagaEvents {
  sagaStarted: [saga: SagaState];
  sagaCompleted: [saga: SagaState];
  sagaCompensated: [saga: SagaState];
  /** A compensation exhausted its attempts, or was refused: a person must retry or skip it. */
  sagaParked: [saga: SagaState];
  stepRetried: [saga: SagaState, entry: LogEntry];
}

type Listener = (saga: SagaState, entry: LogEntry) => void;

/** Tells monitors what the journal recorded. A listener that throws is logged and harms nobody else. */
export class Events {
  readonly #listeners = new Map<keyof SagaEvents, Listener[]>();
  readonly #log: EngineLog;

  constructor(log: EngineLog) {
    this.#log = log;
  }

  on<E extends keyof SagaEvents>(event: E, listener: (...args: SagaEvents[E]) => void): void {
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener as Listener]);
  }

  recorded(saga: SagaState, logs: readonly LogEntry[]): void {
    for (const entry of logs) {
      const event = eventOf(entry);
      for (const listener of (event && this.#listeners.get(event)) ?? []) {
        try {
          listener(saga, entry);
        } catch (error) {
          this.#log.error({ err: error, event }, 'a listener of saga events threw');
        }
      }
    }
  }
}

function eventOf({ event, data }: LogEntry): keyof SagaEvents | undefined {
  switch (event) {
    case 'SAGA_STARTED':
      return 'sagaStarted';
    case 'SAGA_COMPLETED':
      return 'sagaCompleted';
    case 'SAGA_COMPENSATED':
      return 'sagaCompensated';
    case 'COMPENSATION_FAILED':
      return 'retryAt' in data && data.retryAt !== undefined ? undefined : 'sagaParked';
    case 'STEP_RETRIED':
    case 'COMPENSATION_RETRIED':
      return 'stepRetried';
    default:
      return undefined;
  }
}
