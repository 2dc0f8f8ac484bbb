import { EventEmitter } from 'node:events';
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

/** Tells monitors what the journal recorded. A listener that throws is logged and harms nobody else. */
export class Events {
  readonly #emitter = new EventEmitter();
  readonly #log: EngineLog;

  constructor(log: EngineLog) {
    this.#log = log;
  }

  on<E extends keyof SagaEvents>(event: E, listener: (...args: SagaEvents[E]) => void): void {
    this.#emitter.on(event, listener as (...args: unknown[]) => void);
  }

  recorded(saga: SagaState, logs: readonly LogEntry[]): void {
    for (const entry of logs) {
      if (entry.event === 'SAGA_STARTED') this.#emit('sagaStarted', saga);
      else if (entry.event === 'STEP_RETRIED' || entry.event === 'COMPENSATION_RETRIED')
        this.#emit('stepRetried', saga, entry);
    }
    if (saga.status === 'COMPLETED') this.#emit('sagaCompleted', saga);
    else if (saga.status === 'COMPENSATED') this.#emit('sagaCompensated', saga);
    else if (saga.status === 'COMPENSATION_FAILED') this.#emit('sagaParked', saga);
  }

  #emit<E extends keyof SagaEvents>(event: E, ...args: SagaEvents[E]): void {
    try {
      this.#emitter.emit(event, ...args);
    } catch (error) {
      this.#log.error({ err: error, event }, 'a listener of saga events threw');
    }
  }
}
