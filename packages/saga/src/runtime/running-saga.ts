import type { SagaDefinition } from '../core/definition.js';
import type { Happening } from '../core/happening.js';
import type { SagaState, StepState } from '../core/saga.js';

/** One saga that this process is at work on: the latest committed state, and the happenings that wait for their turn. */
export class RunningSaga {
  readonly definition: SagaDefinition;
  saga: SagaState;
  revision: number;
  /** Epoch ms; null: nothing to wait for. */
  dueAt: number | null;
  /** Whether a transition is being journaled; happenings wait meanwhile. */
  busy = false;
  readonly mailbox: Happening[] = [];

  constructor(definition: SagaDefinition, saga: SagaState, revision: number, dueAt: number | null) {
    this.definition = definition;
    this.saga = saga;
    this.revision = revision;
    this.dueAt = dueAt;
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
