import type { CompensationContext, SagaDefinition, StepContext } from './definition.js';
import { ancestorsOf } from './graph.js';
import { type Failure, failureOf, type SagaState } from './saga.js';

/** What a step's functions are given: the replies of the steps that are certain to have run before it, if they gave one. */
export function stepContext(definition: SagaDefinition, saga: SagaState, name: string): StepContext {
  const replies: Record<string, unknown> = {};
  const before = ancestorsOf(definition, name);
  for (const [each, step] of Object.entries(saga.steps)) {
    if (!before.has(each)) continue;
    if (step.status === 'COMPLETED' || (step.status === 'SKIPPED' && 'reply' in step)) replies[each] = step.reply;
  }
  return { input: saga.input, replies };
}

/** What a step's compensation is given: why the saga fails; or, of an attempt that is taken back before the next one, why that failed. */
export function compensationContext(saga: SagaState, name: string): CompensationContext {
  const step = saga.steps[name];
  const own = step?.status === 'COMPENSATING' || step?.status === 'COMPENSATION_FAILED' ? step.done.error : undefined;
  const latest = step?.status === 'RUNNING' ? step.error : own;
  return { input: saga.input, failure: (failureOf(saga) ?? latest) as Failure };
}
