import type { LogEntry } from '../core/log.js';
import type { SagaState, SagaStatus } from '../core/saga.js';
import type { DefinitionShape } from '../core/shape.js';
import type { SagaPage, SagaQuery } from './saga-query.js';

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
  /** The stable name of the process that goes on with it; null: nobody's, any process takes it over when it is due. */
  readonly owner: string | null;
  readonly idempotency?: IdempotencyRecord;
  /** When its journal and its data were dropped, long after its end: see `prune`. */
  readonly prunedAt?: number;
}

/** One saga's part of a journal round: the state after a transition, and the entries that led to it. */
export interface JournalWrite {
  readonly saga: SagaState;
  readonly logs: readonly LogEntry[];
  /** The revision that the row must have; 0 for a new saga. The write makes it one higher. */
  readonly revision: number;
  /** The state that the row holds at that revision, for stores that write only what has changed; if absent: everything has. */
  readonly before?: SagaState;
  /** Who goes on with it; null: nobody, any process takes it over when it is due. */
  readonly owner: string | null;
  /**
   * When the saga must be looked at again, in ms from now on the store's clock; null: never. While it has an owner, who keeps
   * the time itself, a store may make it later by a tenth, and at most by 200 ms.
   */
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
  /**
   * Most sagas in all. Definitions share it fairly: what one does not need the others get, and none gets more than
   * another that needs more too. Of each definition, the longest overdue are taken first.
   */
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

/** What names one saga: its id, its business key, or the idempotency key it was started with. */
export type SagaKey =
  | { readonly by: 'id'; readonly sagaId: string }
  | { readonly by: 'businessKey'; readonly type: string; readonly businessKey: string }
  | { readonly by: 'idempotencyKey'; readonly scope: string; readonly key: string };

/** Which ended sagas are forgotten, in two stages. Times are epoch ms, and are compared with `endedAt`. */
export interface Retention {
  /**
   * What ended before loses its journal, its input, steps and failure details. Its keys and its outcome stay, so that a
   * request that comes again still begins no second saga.
   */
  readonly endedBefore: number;
  /** What ended before this, usually much earlier, is deleted. */
  readonly keysEndedBefore: number;
  /** Most sagas of each stage per call. */
  readonly limit: number;
}

/** How many sagas went through each stage; as many as the limit: there may be more. */
export interface Pruned {
  readonly pruned: number;
  readonly deleted: number;
}

/** What a store keeps of a definition, to tell whether a process brings another one under the same version. */
export interface StoredDefinition {
  readonly type: string;
  readonly version: number;
  readonly fingerprint: string;
  readonly shape: DefinitionShape;
}

/** How many sagas of a definition are in a status. */
export interface SagaCount {
  readonly type: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly count: number;
}

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
  /** Those of the given sagas that have ended: the others are not read. */
  loadEnded(sagaIds: readonly string[]): Promise<readonly SagaRecord[]>;
  /** A saga's journal, by seq. */
  logs(sagaId: string): Promise<readonly LogEntry[]>;
  /** Makes sagas nobody's and due now, if they still have the given revision, so that any process takes them over. */
  release(sagas: readonly { readonly sagaId: string; readonly revision: number }[]): Promise<void>;
  /** Frees the idempotency key of a saga, so that the next request with it begins another saga. */
  forgetIdempotencyKey(sagaId: string): Promise<void>;
  /** The definitions of all sagas that have not ended (parked ones too), with how many there are. */
  inFlight(): Promise<readonly { readonly type: string; readonly version: number; readonly count: number }[]>;
  /** Sagas that have not ended, by definition and status; what there is none of is left out. Cheap however many have ended. */
  counts(): Promise<readonly SagaCount[]>;
  /** Sagas by what is asked for, the latest created first. @throws SagaError INVALID_QUERY */
  list(query: SagaQuery): Promise<SagaPage>;
  /** Forgets sagas that ended long ago; never one that has not ended. */
  prune(retention: Retention): Promise<Pruned>;
  /** Keeps the definitions that are not kept yet, and gives what is kept of each of the given, in their order. */
  register(definitions: readonly StoredDefinition[]): Promise<readonly StoredDefinition[]>;
  /** Keeps this instead of what is kept under its type and version, unless a saga of it has not ended; says whether it did. */
  replaceDefinition(definition: StoredDefinition): Promise<boolean>;
  /** Whether an error of `write` may be the fault of a single saga of the round, so that halving the round helps. */
  isItemError(error: unknown): boolean;
}
