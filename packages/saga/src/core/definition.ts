import type { CommandContract } from './command.js';
import type { RetryPolicy } from './retry.js';
import type { Failure } from './saga.js';
import type { Schema } from './schema.js';

/** What a step's payload function is given. */
export interface StepContext<Input = unknown, Replies = Readonly<Record<string, unknown>>> {
  readonly input: Input;
  /** The replies of the steps that are certain to have run before this one. */
  readonly replies: Replies;
}

/**
 * What a compensation's payload function is given. There are no replies: the reply of the step to undo may be the one
 * that was lost, so a compensation works from the business key in `input`.
 */
export interface CompensationContext<Input = unknown> {
  readonly input: Input;
  readonly failure: Failure;
}

/** One forward action and, where it changes something, its compensation. */
export interface StepDefinition {
  readonly name: string;
  /** Steps that must be completed or skipped before this one starts. */
  readonly dependsOn: readonly string[];
  readonly command: CommandContract;
  readonly payload: (context: StepContext) => unknown;
  /** How long to wait for a reply, in ms. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** The point of no return: sent until it is answered, and from its start on the saga cannot be cancelled. */
  readonly pivot: boolean;
  readonly compensation?: CompensationDefinition;
}

export interface CompensationDefinition {
  readonly command: CommandContract;
  readonly payload: (context: CompensationContext) => unknown;
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
}

/** The steps of a saga, as data. Made by `defineSaga`. */
export interface SagaDefinition<Input = unknown> {
  readonly type: string;
  readonly version: number;
  readonly input: Schema<Input>;
  readonly steps: readonly StepDefinition[];
  /** For the whole saga, in ms; when it passes, the current steps count as unknown and the saga compensates. */
  readonly timeoutMs?: number;
}

/** The step of that name. */
export function stepOf(definition: SagaDefinition, name: string): StepDefinition | undefined {
  return definition.steps.find((step) => step.name === name);
}
