import type { Failure, SagaStatus } from '../core/saga.js';

/** Which sagas to list. What is left out does not matter; an empty list matches none. Times are epoch ms. */
export interface SagaQuery {
  readonly statuses?: readonly SagaStatus[];
  readonly types?: readonly string[];
  /** Sagas at which this step is at work, or parked, now. Looks at all that have not ended. */
  readonly step?: string;
  /** The code of the saga's failure. */
  readonly errorCode?: string;
  readonly businessKey?: string;
  readonly businessKeyPrefix?: string;
  /** At this time or later. */
  readonly createdAfter?: number;
  /** Before this time. */
  readonly createdBefore?: number;
  readonly lane?: string;
  /** 1 to 500; default 50. */
  readonly limit?: number;
  /** `nextCursor` of the page before, for the next one of the same query. */
  readonly cursor?: string;
}

/** What a list tells of a saga. */
export interface SagaSummary {
  readonly sagaId: string;
  readonly type: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly businessKey: string;
  readonly currentStep: string | null;
  /** Without its details. */
  readonly failure?: Failure;
  readonly owner: string | null;
  readonly revision: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly endedAt?: number;
  /** When it must be looked at again, on the store's clock; null: never. */
  readonly dueAt: number | null;
  readonly lane?: string;
}

/** Sagas, the latest created first; of those created in one millisecond, the greatest id first. */
export interface SagaPage {
  readonly sagas: readonly SagaSummary[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}
