import type { Failure } from '../core/saga.js';
import type { Token } from './definition.fixture.js';

/** Where a step stands, in the model's own words. */
export type Stand =
  | 'pending'
  /** Its command is out. */
  | 'asked'
  /** Its next attempt waits for its time. */
  | 'backoff'
  | 'listening'
  | 'done'
  | 'unknown'
  | 'refused'
  | 'skipped'
  /** The command that takes it back is out. */
  | 'undoing'
  | 'undoBackoff'
  /** Waits for a person. */
  | 'stuck'
  | 'undone';

/** What the model knows of a step. */
export interface Standing {
  is: Stand;
  attempt: number;
  failures: number;
  undoAttempt: number;
  undoFailures: number;
  /** The end of what it waits for: an answer, an event, its next attempt. */
  until: number | null;
  /** Its work was, or may have been, done, and not taken back by hand. */
  worked: boolean;
  /** Its compensation's condition says that the work may stay. */
  kept: boolean;
  /** The log entry that said that it was, or may have been, done. */
  doneSeq: number;
  reply: Token | undefined;
  /** Of the latest failed attempt. */
  error: Failure | undefined;
  /** Whether to compensate it cannot be found out: its condition throws. A person who says `retry` has it compensated. */
  isBroken: boolean;
  /** Strategy immediate: the failed attempt must be taken back before the next one. */
  undoFirst: boolean;
  /** While the failed attempt is taken back: when the next one may begin. */
  retryAt: number | undefined;
  /** A wait that ended because the saga failed. */
  isDropped: boolean;
  /** A person has seen to its compensation. */
  isSettled: boolean;
}

export const newStanding = (): Standing => ({
  is: 'pending',
  attempt: 0,
  failures: 0,
  undoAttempt: 0,
  undoFailures: 0,
  until: null,
  worked: false,
  kept: false,
  doneSeq: 0,
  isBroken: false,
  undoFirst: false,
  retryAt: undefined,
  reply: undefined,
  error: undefined,
  isDropped: false,
  isSettled: false,
});

/** The engine's word for it. */
export const STATUS = {
  pending: 'PENDING',
  asked: 'RUNNING',
  backoff: 'RUNNING',
  listening: 'RUNNING',
  done: 'COMPLETED',
  unknown: 'FAILED',
  refused: 'REFUSED',
  skipped: 'SKIPPED',
  undoing: 'COMPENSATING',
  undoBackoff: 'COMPENSATING',
  stuck: 'COMPENSATION_FAILED',
  undone: 'COMPENSATED',
} as const satisfies Record<Stand, string>;

/** The saga cannot go back before these have come to an end. */
export const AT_WORK: readonly Stand[] = ['asked', 'backoff', 'listening', 'undoing', 'undoBackoff'];
