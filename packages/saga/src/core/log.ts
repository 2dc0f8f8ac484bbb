import type { Failure } from './saga.js';

/** What each event of the journal carries as `data`. Times are epoch ms. */
export interface LogData {
  SAGA_STARTED: {
    type: string;
    version: number;
    businessKey: string;
    input: unknown;
    steps: string[];
    traceparent?: string;
  };
  STEP_STARTED: { dueAt: number };
  STEP_COMPLETED: { reply: unknown };
  STEP_REFUSED: { error: Failure };
  /** With `retryAt`: it will be sent again then. Without: the outcome stays unknown. */
  STEP_FAILED: { error: Failure; failures: number; retryAt?: number };
  STEP_TIMED_OUT: { error: Failure; failures: number; retryAt?: number };
  STEP_RETRIED: { dueAt: number };
  COMPENSATION_STARTED: { dueAt: number; failure: Failure };
  STEP_COMPENSATED: Record<string, never>;
  /** With `retryAt`: it will be sent again then. Without: the saga is parked for a person. */
  COMPENSATION_FAILED: { error: Failure; failures: number; retryAt?: number };
  COMPENSATION_RETRIED: { dueAt: number };
  SAGA_COMPLETED: Record<string, never>;
  SAGA_COMPENSATED: { failure: Failure };
  SAGA_CLAIMED: { owner: string };
  SAGA_CANCEL_REQUESTED: { failure: Failure; by?: string };
  SAGA_RETRIED: { by?: string; reason?: string };
  STEP_SKIPPED_BY_OPERATOR: { reason: string; by?: string };
  LATE_REPLY_IGNORED: { reason: string; outcome: string };
}

export type LogEvent = keyof LogData;

/** One row of the journal: what happened to a saga, in which order and when. */
export type LogEntry = {
  [E in LogEvent]: {
    /** 1, 2, 3 … without gaps, per saga. */
    readonly seq: number;
    readonly event: E;
    readonly step: string | null;
    readonly attempt: number | null;
    readonly data: Readonly<LogData[E]>;
    /** Epoch ms. */
    readonly at: number;
  };
}[LogEvent];
