import type { CommandContract, PayloadFor, ReplyFor } from './command.js';
import type { CompensationContext, SagaDefinition, StepContext, StepDefinition } from './definition.js';
import { problemsOf } from './definition-problems.js';
import { SagaError } from './errors.js';
import { COMPENSATION_RETRY, type RetryOption, retryPolicy, STEP_RETRY } from './retry.js';
import type { OutputOf, Schema } from './schema.js';

/** How long a step waits for its reply unless its definition says otherwise, in ms. */
export const STEP_TIMEOUT_MS = 5_000;

export interface SagaOptions<InputSchema extends Schema> {
  /** Whole number from 1; pinned in each saga's row. Another set of steps is another version. */
  readonly version: number;
  readonly input: InputSchema;
  /** For the whole saga, in ms. */
  readonly timeoutMs?: number;
}

export interface StepOptions {
  /** How long to wait for the reply, in ms. Default 5000. */
  readonly timeoutMs?: number;
  readonly retry?: RetryOption;
  /**
   * The point of no return: the command is sent until it is answered (retry `forever`), so that its outcome is never
   * unknown; from its start on the saga cannot be cancelled. Only a refusal of it still leads to compensation.
   */
  readonly pivot?: boolean;
}

export interface CompensationOptions {
  readonly timeoutMs?: number;
  readonly retry?: RetryOption;
}

/**
 * Begins a saga definition. Steps run in the order in which they are written.
 *
 * @throws SagaError INVALID_DEFINITION, from `build()`, if the definition cannot work.
 */
export function defineSaga<InputSchema extends Schema>(
  type: string,
  options: SagaOptions<InputSchema>,
): SagaBuilder<OutputOf<InputSchema>, unknown> {
  return new SagaBuilder({ type, ...options }, []);
}

type Head = Omit<SagaDefinition, 'steps'>;

/** Collects steps; `Replies` holds the replies of the steps written so far, which the next one may use. */
export class SagaBuilder<Input, Replies> {
  protected readonly head: Head;
  protected readonly steps: readonly StepDefinition[];

  constructor(head: Head, steps: readonly StepDefinition[]) {
    this.head = head;
    this.steps = steps;
  }

  /** Adds a step: the command it sends, and the payload, made from the input and the replies so far. Pure. */
  step<const Name extends string, C extends CommandContract>(
    name: Name extends keyof Replies ? never : Name,
    command: C,
    payload: (context: StepContext<Input, Replies>) => PayloadFor<C>,
    options: StepOptions = {},
  ): StepBuilder<Input, Replies & { readonly [N in Name]: ReplyFor<C> }> {
    const previous = this.steps.at(-1);
    const step: StepDefinition = {
      name,
      command,
      dependsOn: previous === undefined ? [] : [previous.name],
      payload: payload as StepDefinition['payload'],
      timeoutMs: options.timeoutMs ?? STEP_TIMEOUT_MS,
      retry: { ...retryPolicy(options.retry, STEP_RETRY), ...(options.pivot && { maxAttempts: 'forever' as const }) },
      pivot: options.pivot ?? false,
    };
    return new StepBuilder(this.head, [...this.steps, step]);
  }

  /** The finished definition. @throws SagaError INVALID_DEFINITION */
  build(): SagaDefinition<Input> {
    const problems = problemsOf(this.head, this.steps);
    if (problems.length > 0) {
      throw new SagaError('INVALID_DEFINITION', `saga definition ${this.head.type}: ${problems.join('; ')}`);
    }
    return { ...this.head, steps: this.steps } as SagaDefinition<Input>;
  }
}

/** A builder whose last step may still be given its compensation. */
export class StepBuilder<Input, Replies> extends SagaBuilder<Input, Replies> {
  /** How the step before is taken back. The payload is made from the input and the failure, never from replies. Pure. */
  compensate<C extends CommandContract>(
    command: C,
    payload: (context: CompensationContext<Input>) => PayloadFor<C>,
    options: CompensationOptions = {},
  ): SagaBuilder<Input, Replies> {
    const compensation = {
      command,
      payload: payload as (context: CompensationContext) => unknown,
      timeoutMs: options.timeoutMs ?? STEP_TIMEOUT_MS,
      retry: retryPolicy(options.retry, COMPENSATION_RETRY),
    };
    const last = this.steps.at(-1) as StepDefinition;
    return new SagaBuilder(this.head, [...this.steps.slice(0, -1), { ...last, compensation }]);
  }
}
