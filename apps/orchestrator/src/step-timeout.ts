import type { SagaDefinition } from '@saga-checkout/saga';

/** The same saga, whose steps and compensations wait so long for an answer, in ms. */
export function withStepTimeout<Definition extends SagaDefinition>(
  definition: Definition,
  timeoutMs: number,
): Definition {
  const steps = definition.steps.map(({ compensation, ...step }) => ({
    ...step,
    timeoutMs,
    ...(compensation && { compensation: { ...compensation, timeoutMs } }),
  }));
  return { ...definition, steps };
}
