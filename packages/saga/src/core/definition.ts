import type { CommandContract } from './command.js';
import type { RetryPolicy } from './retry.js';
import type { Failure, SagaState } from './saga.js';
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

/**
 * Why the definition is not the one that the saga began with, if it is not: somebody changed the steps and kept the
 * version. Such a saga must be left alone.
 */
export function misfit({ type, version, steps }: SagaDefinition, saga: SagaState): string | undefined {
  const names = steps.map(({ name }) => name);
  const begunWith = Object.keys(saga.steps);
  const same = names.length === begunWith.length && names.every((name) => Object.hasOwn(saga.steps, name));
  if (same && saga.type === type && saga.version === version) return undefined;
  const saying = (of: { type: string; version: number }, its: readonly string[]) =>
    `${of.type} version ${of.version} with the steps ${its.join(', ')}`;
  const cure = 'give changed steps another version, and keep the old definition until its sagas have ended';
  return `the saga began as ${saying(saga, begunWith)}; the definition is ${saying({ type, version }, names)}: ${cure}`;
}
