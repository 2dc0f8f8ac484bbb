import type { EventContract } from './command.js';
import type { CompensationContext } from './definition.js';
import type { RetryOption } from './retry.js';
import type { Schema } from './schema.js';

/** What holds for a saga as a whole. */
export interface SagaOptions<InputSchema extends Schema> {
  /** Whole number from 1; pinned in each saga's row. Another set of steps is another version. */
  readonly version: number;
  readonly input: InputSchema;
  /** For the whole saga, in ms: when it passes, what is under way counts as unknown, and the saga compensates. */
  readonly timeoutMs?: number;
  /** For steps that say nothing else. Default: 4 attempts, from 200 ms on, twice as long each time, 30 s at most. */
  readonly retry?: RetryOption;
  /** For compensations that say nothing else. Default: 10 attempts, 60 s apart at most. */
  readonly compensationRetry?: RetryOption;
}

interface Order<Context, D extends string, W extends boolean> {
  /** Which steps must be done before this one. Default: the one written before it, or the whole group. */
  readonly dependsOn?: readonly D[];
  /** Whether the step is needed. If not, it is skipped, and later steps find no reply of it. Pure. */
  readonly when?: (context: Context) => W;
}

/** What a step may say of itself. `D`: the steps that it may depend on; `W`: its condition. */
export interface StepOptions<Context, D extends string, W extends boolean> extends Order<Context, D, W> {
  /** How long to wait for the reply, in ms. Default 5000. */
  readonly timeoutMs?: number;
  readonly retry?: RetryOption;
  /**
   * The point of no return: tried until it is answered (retry `forever`), so that its outcome is never unknown; from its
   * start on the saga cannot be cancelled. Only a refusal of it still leads to compensation.
   */
  readonly pivot?: boolean;
}

/** What a local step may say of itself. */
export interface LocalOptions<Context, D extends string, W extends boolean, Code extends string>
  extends StepOptions<Context, D, W> {
  /** The codes that the function may hand to `refuse`. */
  readonly refusals?: readonly Code[];
}

/** What a step that waits for an event may say of itself. */
export interface WaitOptions<Context, D extends string, W extends boolean, T extends 'fail' | 'continue'>
  extends Order<Context, D, W> {
  /** Events that mean no: the step is refused with the event's name as its code. */
  readonly refusedBy?: readonly EventContract[];
  /** How long to wait, in ms. Default: for ever. */
  readonly timeoutMs?: number;
  /** What happens then: the saga fails with EVENT_TIMEOUT (the default), or it goes on without the event. */
  readonly onTimeout?: T;
}

/** What a compensation may say of itself. */
export interface CompensationOptions<Input = unknown> {
  /** How long to wait for the reply, in ms. Default 5000. */
  readonly timeoutMs?: number;
  readonly retry?: RetryOption;
  /**
   * `deferred` (the default): when the saga fails. `immediate`: also after each failed attempt of the step, before the next
   * one; only for participants that do the action again after its compensation.
   */
  readonly strategy?: 'deferred' | 'immediate';
  /** Whether the step needs compensation, once the saga fails; it does if this is absent. Pure. */
  readonly when?: (context: CompensationContext<Input>) => boolean;
}

/** What is said once all steps are known. */
export interface BuildOptions<Name extends string> {
  /** In which order steps are compensated, instead of the latest first. Must name every step that has a compensation. */
  readonly compensationOrder?: readonly Name[];
}
