import type { CommandContract, EventContract } from './command.js';
import type { RetryPolicy } from './retry.js';
import type { Failure, SagaState } from './saga.js';
import type { Schema } from './schema.js';

/** What a step's payload function and condition are given. */
export interface StepContext<Input = unknown, Replies = Readonly<Record<string, unknown>>> {
  readonly input: Input;
  /** The replies of the steps that are certain to have run before this one: those that it depends on, and so on. */
  readonly replies: Replies;
}

/**
 * What a compensation's payload function and condition are given. There are no replies: the reply of the step to undo may
 * be the one that was lost, so a compensation works from the business key in `input`.
 */
export interface CompensationContext<Input = unknown> {
  readonly input: Input;
  readonly failure: Failure;
}

/** What a function that runs in the saga's own process is given besides. */
export interface LocalCallContext {
  readonly sagaId: string;
  /** 1 for the first call; a call is repeated after a failure, a timeout, or a crash. */
  readonly attempt: number;
  /** The same for every call of this step (and another one for its compensation): hand it to whatever must not act twice. */
  readonly idempotencyKey: string;
}

/** What a local step's function is given. */
export interface LocalContext<
  Input = unknown,
  Replies = Readonly<Record<string, unknown>>,
  Code extends string = string,
> extends StepContext<Input, Replies>,
    LocalCallContext {
  /** Says no, for good: nothing was done. Throws, so that nothing after it runs. */
  readonly refuse: (code: Code, message?: string, details?: unknown) => never;
}

/** What a local compensation's function is given. */
export interface LocalCompensationContext<Input = unknown> extends CompensationContext<Input>, LocalCallContext {
  /** The `idempotencyKey` that the step's function had: by it a compensation can name what that function may have done. */
  readonly actionKey: string;
}

/** What every step has, whoever does it. */
export interface StepBase {
  readonly name: string;
  /** Steps that must be completed or skipped before this one starts. */
  readonly dependsOn: readonly string[];
  /** Whether it is needed at all; if not, it is skipped. */
  readonly when?: (context: StepContext) => boolean;
  readonly retry: RetryPolicy;
  /** The point of no return: tried until it is answered, and from its start on the saga cannot be cancelled. */
  readonly pivot: boolean;
  readonly compensation?: CompensationDefinition;
}

/** A step that a participant does. */
export interface CommandStep extends StepBase {
  readonly kind: 'command';
  readonly command: CommandContract;
  /** Pure. */
  readonly payload: (context: StepContext) => unknown;
  /** How long to wait for a reply, in ms. */
  readonly timeoutMs: number;
}

/** A step that a function does, in the process that runs the saga. The function must be idempotent. */
export interface LocalStep extends StepBase {
  readonly kind: 'local';
  /** Its result, or what its promise gives, is the reply. */
  readonly run: (context: LocalContext) => unknown;
  /** The codes with which the function may refuse. */
  readonly refusals: readonly string[];
  /** How long to wait for the function, in ms. */
  readonly timeoutMs: number;
}

/** A step that is done when an event arrives. It changes nothing, so there is nothing to compensate. */
export interface WaitStep extends StepBase {
  readonly kind: 'wait';
  readonly event: EventContract;
  /** Events that mean no. */
  readonly refusedBy: readonly EventContract[];
  /** How long to wait, in ms; null: for ever. */
  readonly timeoutMs: number | null;
  /** `fail`: the saga fails when the time is over; `continue`: the step is skipped. */
  readonly onTimeout: 'fail' | 'continue';
}

/** One step of a saga: what is to be done, after which others, and how it is taken back. */
export type StepDefinition = CommandStep | LocalStep | WaitStep;

/** What every compensation has, whoever does it. */
export interface CompensationBase {
  /** How long to wait for its outcome, in ms. */
  readonly timeoutMs: number;
  readonly retry: RetryPolicy;
  /** `deferred`: when the saga fails; `immediate`: also after each failed attempt, before the next one. */
  readonly strategy: 'deferred' | 'immediate';
  /** Whether the step needs compensation, once the saga fails. */
  readonly when?: (context: CompensationContext) => boolean;
}

/** How a step is taken back: by a participant, or by a function in the process that runs the saga. */
export type CompensationDefinition = CompensationBase &
  (
    | {
        readonly kind: 'command';
        readonly command: CommandContract;
        /** Pure. */
        readonly payload: (context: CompensationContext) => unknown;
      }
    | {
        readonly kind: 'local' /** Must be idempotent. */;
        readonly run: (context: LocalCompensationContext) => unknown;
      }
  );

/** The steps of a saga, as data. Made by `defineSaga`. */
export interface SagaDefinition<Input = unknown, Replies = unknown> {
  readonly type: string;
  readonly version: number;
  readonly input: Schema<Input>;
  readonly steps: readonly StepDefinition[];
  /** For the whole saga, in ms; when it passes, the current steps count as unknown and the saga compensates. */
  readonly timeoutMs?: number;
  /** In which order steps are compensated, instead of the latest first. */
  readonly compensationOrder?: readonly string[];
  /** The type of each step's reply, for those who write tests; there is no such value. */
  readonly '~replies'?: Replies;
}

/** The step of that name. */
export function stepOf(definition: SagaDefinition, name: string): StepDefinition | undefined {
  return definition.steps.find((step) => step.name === name);
}

/** Whether a pivot step has begun. */
export function isPastPivot({ steps }: SagaDefinition, saga: SagaState): boolean {
  return steps.some(({ pivot, name }) => {
    const step = saga.steps[name];
    if (!pivot || step === undefined) return false;
    return step.status === 'RUNNING' || step.status === 'COMPLETED' || (step.status === 'SKIPPED' && 'done' in step);
  });
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
