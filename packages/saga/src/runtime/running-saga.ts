import type { SagaDefinition } from '../core/definition.js';
import type { Happening } from '../core/happening.js';
import type { SagaState } from '../core/saga.js';
import { answerDeadlines } from './dormant.js';

/** What became of a happening that somebody waits for. `lost`: the row had moved on; what was wanted may be tried again. */
export type Settled =
  | { readonly outcome: 'applied'; readonly saga: SagaState }
  | { readonly outcome: 'ignored'; readonly reason: string }
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'failed'; readonly error: unknown };

/** A happening that waits for its turn. */
export interface Mail {
  readonly happening: Happening;
  readonly settle?: (settled: Settled) => void;
  /** Whether whoever waits for it has given up: then it is not tried again. */
  readonly isWithdrawn?: () => boolean;
}

/** One saga that this process is at work on: the latest committed state, and the happenings that wait for their turn. */
export class RunningSaga {
  readonly definition: SagaDefinition;
  readonly lane: string;
  saga: SagaState;
  revision: number;
  /** Epoch ms; null: nothing to wait for. */
  dueAt: number | null = null;
  /**
   * The process that goes on with the saga, if it is another: this one only has a say in it, until it sends a command,
   * whose reply comes here.
   */
  guestOf: string | undefined;
  /** Whether it was journaled as nobody's, to be taken over by any process when it is due. */
  dormant = false;
  /** Whether a transition is being journaled; happenings wait meanwhile. */
  busy = false;
  readonly mailbox: Mail[] = [];
  /** Attempts to write the present transition that failed. */
  failedWrites = 0;
  /** Whether this process's own sweep has taken the row over meanwhile. */
  claimedHere = false;
  /** When steps began in this process, in epoch ms, for statistics. */
  readonly begunAt = new Map<string, number>();

  constructor(definition: SagaDefinition, saga: SagaState, revision: number) {
    this.definition = definition;
    this.lane = laneOf(saga);
    this.saga = saga;
    this.revision = revision;
  }

  /**
   * When this process must look at it again; null: never. While it is paused nothing is due, but an answer that is under way
   * comes to this process only, so that it is kept for as long as that may take.
   */
  lookAt(): number | null {
    if (this.dueAt !== null || this.saga.status !== 'PAUSED') return this.dueAt;
    const deadlines = answerDeadlines(this.saga);
    return deadlines.length === 0 ? null : Math.max(...deadlines);
  }

  /** Whether an answer is on its way that only this process will get. */
  awaitsReply(): boolean {
    return this.busy || this.mailbox.length > 0 || answerDeadlines(this.saga).length > 0;
  }
}

/** Whom the saga shares its places with: its lane, or all sagas of its type that have none. */
export const laneOf = ({ lane, type }: SagaState): string => lane ?? type;
