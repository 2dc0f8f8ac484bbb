import type { LogEntry } from '../core/log.js';
import type { SagaState, SagaStatus } from '../core/saga.js';

/** What makes two requests to start a saga the same request. */
export interface IdempotencyRecord {
  /** Whose key it is: a user, a tenant. Unique together with `key`. */
  readonly scope: string;
  readonly key: string;
  /** Of the request's content: the same key with another fingerprint is another request. */
  readonly fingerprint: string;
}

/** One saga as the journal holds it. */
export interface SagaRecord {
  readonly saga: SagaState;
  /** The counter that every write checks: whoever is behind loses. */
  readonly revision: number;
  /** The stable name of the process that wrote last. */
  readonly owner: string | null;
  readonly idempotency?: IdempotencyRecord;
}

/** One saga's part of a journal round: the state after a transition, and the entries that led to it. */
export interface JournalWrite {
  readonly saga: SagaState;
  readonly logs: readonly LogEntry[];
  /** The revision that the row must have; 0 for a new saga. The write makes it one higher. */
  readonly revision: number;
  /** Who goes on with it; null: nobody, any process takes it over when it is due. */
  readonly owner: string | null;
  /** When the saga must be looked at again, in ms from now on the store's clock; null: never. */
  readonly dueInMs: number | null;
  /** For a new saga. */
  readonly idempotency?: IdempotencyRecord;
}

/** `lost`: the row has another revision; or, for a new saga, its id, business key or idempotency key exists already. */
export type WriteResult = 'written' | 'lost';

/** Which sagas a sweep takes over. */
export interface Claim {
  readonly owner: string;
  /** Only sagas of these definitions: an orchestrator never runs a saga under another version. */
  readonly definitions: readonly { readonly type: string; readonly version: number }[];
  readonly limit: number;
  /**
   * `own`: whatever bears the owner's name, due or not (a process that has just started).
   * `overdue`: whatever has been due for `graceMs` and not been looked at, whoever wrote it; and what was released.
   */
  readonly which: 'own' | 'overdue';
  readonly graceMs: number;
  /** How long the claim keeps other sweeps away, in ms. */
  readonly holdMs: number;
  /** Sagas that the claiming process is at work on itself. */
  readonly except: readonly string[];
}

export type SagaKey =
  | { readonly by: 'id'; readonly sagaId: string }
  | { readonly by: 'businessKey'; readonly type: string; readonly businessKey: string }
  | { readonly by: 'idempotencyKey'; readonly scope: string; readonly key: string };

/**
 * Where sagas are kept. Methods reject with whatever the backend throws when it cannot be reached; the runtime tries
 * again. The conformance suite in `@saga-checkout/saga/testing` says in full what an implementation owes.
 */
export interface SagaStore {
  /**
   * Writes all sagas of a round in one atomic statement; one that loses does not touch the others. Results in order. Of
   * several writes of one saga in a round, the first counts.
   */
  write(round: readonly JournalWrite[]): Promise<readonly WriteResult[]>;
  /** Takes over sagas: bumps each one's revision, appends SAGA_CLAIMED, sets its owner. Two claims never get the same saga. */
  claim(claim: Claim): Promise<readonly SagaRecord[]>;
  /** One saga, or undefined. */
  find(key: SagaKey): Promise<SagaRecord | undefined>;
  /** Those of the given sagas that exist. */
  load(sagaIds: readonly string[]): Promise<readonly SagaRecord[]>;
  /** A saga's journal, by seq. */
  logs(sagaId: string): Promise<readonly LogEntry[]>;
  /** Makes sagas nobody's and due now, if they still have the given revision, so that any process takes them over. */
  release(sagas: readonly { readonly sagaId: string; readonly revision: number }[]): Promise<void>;
  /** Frees the idempotency key of a saga, so that the next request with it begins another saga. */
  forgetIdempotencyKey(sagaId: string): Promise<void>;
  /** The definitions of all sagas that have not ended (parked ones too), with how many there are. */
  inFlight(): Promise<readonly { readonly type: string; readonly version: number; readonly count: number }[]>;
  /** Sagas by status, for statistics. */
  countByStatus(): Promise<Readonly<Partial<Record<SagaStatus, number>>>>;
  /** Whether an error of `write` may be the fault of a single saga of the round, so that halving the round helps. */
  isItemError(error: unknown): boolean;
}
