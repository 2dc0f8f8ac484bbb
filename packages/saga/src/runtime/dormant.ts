import { hasEnded, type SagaState } from '../core/saga.js';
import type { Transition } from '../core/transition.js';

/** How far away the next due time must be for a saga to leave the memory, in ms. */
const DORMANT_MS = 10_000;

/**
 * Whether nothing happens to the saga in this process for a while: no answer is under way to it, and it is not due soon. It
 * is journaled as nobody's then, and any process takes it over when it is due, so that it costs nothing meanwhile.
 */
export function isDormant({ saga, dueAt }: Pick<Transition, 'saga' | 'dueAt'>, now: number): boolean {
  if (hasEnded(saga) || (dueAt !== null && dueAt - now < DORMANT_MS)) return false;
  return answerDeadlines(saga).length === 0;
}

/** Until when answers to what was sent are awaited, in epoch ms, one per step. */
export function answerDeadlines(saga: SagaState): number[] {
  return Object.values(saga.steps).flatMap((step) => {
    if (step.status !== 'RUNNING' && step.status !== 'COMPENSATING') return [];
    const { waiting } = step;
    return 'dueAt' in waiting && !('events' in waiting) ? [waiting.dueAt] : [];
  });
}
