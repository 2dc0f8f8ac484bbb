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
    lane?: string;
    startsAt?: number;
    restartedFrom?: { sagaId: string; step: string };
    reason?: string;
    by?: string;
  };
  STEP_STARTED: { dueAt: number };
  /** With `eventSeq`: by the event that was recorded there. */
  STEP_COMPLETED: { reply: unknown; eventSeq?: number };
  STEP_REFUSED: { error: Failure; eventSeq?: number };
  /** With `retryAt`: it will be sent again then. Without: the outcome stays unknown. */
  STEP_FAILED: { error: Failure; failures: number; retryAt?: number };
  STEP_TIMED_OUT: { error: Failure; failures: number; retryAt?: number };
  STEP_RETRIED: { dueAt: number };
  /** By its condition; or a wait that ended without its event. */
  STEP_SKIPPED: { reason: string };
  /** A step waits for one of the events, at most until `dueAt`. */
  EVENT_AWAITED: { events: string[]; dueAt: number | null };
  /** Kept until a step takes it. */
  EVENT_RECEIVED: { event: string; payload: unknown; id?: string; by?: string };
  /** `immediate`: of an attempt that failed, before the next one; the saga still goes forward. */
  COMPENSATION_STARTED: { dueAt: number; failure: Failure; immediate?: true };
  /** The step needs none, says its condition. */
  COMPENSATION_SKIPPED: { reason: string };
  STEP_COMPENSATED: Record<string, never>;
  /** With `retryAt`: it will be sent again then. Without: the saga is parked for a person. */
  COMPENSATION_FAILED: { error: Failure; failures: number; retryAt?: number };
  COMPENSATION_RETRIED: { dueAt: number };
  SAGA_COMPLETED: Record<string, never>;
  SAGA_COMPENSATED: { failure: Failure };
  SAGA_CLAIMED: { owner: string };
  /** `immediate`: without awaiting the outcome of what is under way. */
  SAGA_CANCEL_REQUESTED: { failure: Failure; by?: string; immediate?: true };
  /** The saga's own deadline has passed. */
  SAGA_TIMED_OUT: { failure: Failure };
  SAGA_RETRIED: { by?: string; reason?: string };
  SAGA_PAUSED: { by?: string; reason?: string };
  SAGA_RESUMED: { by?: string; reason?: string };
  /** With the reply that a person gave for it, if they did. */
  STEP_SKIPPED_BY_OPERATOR: { reason: string; by?: string; reply?: unknown };
  LATE_REPLY_IGNORED: { reason: string; outcome: string };
}

/** What may happen to a saga, as the journal names it. */
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
