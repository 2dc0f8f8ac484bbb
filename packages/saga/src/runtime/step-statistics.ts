import type { LogEntry } from '../core/log.js';
import { type Durations, Histogram } from './histogram.js';

/** What became of a step, over all sagas. */
export interface StepStatistics {
  readonly started: number;
  readonly completed: number;
  readonly refused: number;
  /** Given up: the outcome stays unknown. */
  readonly failed: number;
  /** Sent again, whether it is the step's action or its compensation. */
  readonly retried: number;
  readonly skipped: number;
  readonly compensated: number;
  /** Failed or refused attempts of its compensation. */
  readonly compensationFailures: number;
  /** Of the steps that began and came to their outcome in this process, retries included. */
  readonly durations?: Durations;
}

type Counts = { -readonly [K in keyof StepStatistics as StepStatistics[K] extends number ? K : never]: number };

/** Counts what becomes of one step. */
export class StepCounter {
  readonly #counts: Counts = {
    started: 0,
    completed: 0,
    refused: 0,
    failed: 0,
    retried: 0,
    skipped: 0,
    compensated: 0,
    compensationFailures: 0,
  };
  readonly #durations = new Histogram();

  /** `begunAt`: when the saga's steps began in this process, in epoch ms. */
  recorded(entry: LogEntry, begunAt: Map<string, number>): void {
    const field = fieldOf(entry);
    if (field === undefined || entry.step === null) return;
    this.#counts[field]++;
    if (field === 'started') begunAt.set(entry.step, entry.at);
    else if (field === 'completed' || field === 'refused' || field === 'failed') {
      const begun = begunAt.get(entry.step);
      if (begun !== undefined) this.#durations.record(entry.at - begun);
    }
  }

  summary(): StepStatistics {
    return { ...this.#counts, ...this.#durations.summary() };
  }
}

function fieldOf({ event, data }: LogEntry): keyof Counts | undefined {
  switch (event) {
    case 'STEP_STARTED':
    case 'EVENT_AWAITED':
      return 'started';
    case 'STEP_COMPLETED':
      return 'completed';
    case 'STEP_REFUSED':
      return 'refused';
    case 'STEP_FAILED':
    case 'STEP_TIMED_OUT':
      return data.retryAt === undefined ? 'failed' : undefined;
    case 'STEP_RETRIED':
    case 'COMPENSATION_RETRIED':
      return 'retried';
    case 'STEP_SKIPPED':
    case 'STEP_SKIPPED_BY_OPERATOR':
      return 'skipped';
    case 'STEP_COMPENSATED':
      return 'compensated';
    case 'COMPENSATION_FAILED':
      return 'compensationFailures';
    default:
      return undefined;
  }
}
