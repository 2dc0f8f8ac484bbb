import type { SagaDefinition } from '../core/definition.js';
import type { Happening } from '../core/happening.js';
import type { SagaState, StepState } from '../core/saga.js';

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
}

/** One saga that this process is at work on: the latest committed state, and the happenings that wait for their turn. */
export class RunningSaga {
  readonly definition: SagaDefinition;
  saga: SagaState;
  revision: number;
  /** Epoch ms; null: nothing to wait for. */
  dueAt: number | null = null;
  /**
   * The process that goes on with the saga, if it is another: this one only has a say in it, until it sends a command,
   * whose reply comes here.
   */
  guestOf: string | undefined;
  /** Whether a transition is being journaled; happenings wait meanwhile. */
  busy = false;
  readonly mailbox: Mail[] = [];
  /** Attempts to write the present transition that failed. */
  failedWrites = 0;

  constructor(definition: SagaDefinition, saga: SagaState, revision: number) {
    this.definition = definition;
    this.saga = saga;
    this.revision = revision;
  }

  /** Whether its due time has passed and nothing else is going to look at it. */
  isDue(now: number): boolean {
    return !this.busy && this.dueAt !== null && this.dueAt <= now && this.mailbox.length === 0;
  }

  /** Whether a command is on its way whose reply only this process will get. */
  awaitsReply(): boolean {
    return this.busy || this.mailbox.length > 0 || Object.values(this.saga.steps).some(isSent);
  }
}

const isSent = (step: StepState): boolean =>
  (step.status === 'RUNNING' || step.status === 'COMPENSATING') && 'dueAt' in step.waiting;
