import type { CommandContract, EventContract, PayloadFor, ReplyFor } from './command.js';
import type {
  CompensationContext,
  CompensationDefinition,
  LocalCompensationContext,
  LocalContext,
  SagaDefinition,
  StepContext,
  StepDefinition,
} from './definition.js';
import { problemsOf } from './definition-problems.js';
import { SagaError } from './errors.js';
import type { GraphWith, RepliesAt, RepliesOf, StepGraph, Unused } from './graph-types.js';
import type {
  BuildOptions,
  CompensationOptions,
  LocalOptions,
  SagaOptions,
  StepOptions,
  WaitOptions,
} from './options.js';
import { COMPENSATION_RETRY, type RetryPolicy, retryPolicy, STEP_RETRY } from './retry.js';
import type { OutputOf, Schema } from './schema.js';

/** How long a step waits for its reply unless its definition says otherwise, in ms. */
export const STEP_TIMEOUT_MS = 5_000;

/**
 * Begins a saga definition. Steps run in the order in which they are written, unless they say what they depend on.
 *
 * @throws SagaError INVALID_DEFINITION, from `build()`, if the definition cannot work.
 */
export function defineSaga<InputSchema extends Schema>(
  type: string,
  options: SagaOptions<InputSchema>,
): SagaBuilder<OutputOf<InputSchema>, Record<never, never>, never> {
  const { retry, compensationRetry, ...head } = options;
  const defaults = {
    step: retryPolicy(retry, STEP_RETRY),
    compensation: retryPolicy(compensationRetry, COMPENSATION_RETRY),
  };
  return new SagaBuilder({ head: { type, ...head }, defaults, steps: [], next: [], group: undefined });
}

interface Written {
  readonly head: Omit<SagaDefinition, 'steps'>;
  readonly defaults: { readonly step: RetryPolicy; readonly compensation: RetryPolicy };
  readonly steps: readonly StepDefinition[];
  /** What the next step depends on, unless it says so itself. */
  readonly next: readonly string[];
  /** Names of the steps written in the parallel group; undefined: this is no group. */
  readonly group: readonly string[] | undefined;
}

type Mode = 'sequence' | 'group';
/** A step that may be skipped has no reply for certain. */
type Maybe<Reply, When> = [When] extends [never] ? Reply : Reply | undefined;

/**
 * Collects steps. `G` has each step's reply and the steps before it; `On` names those that the next step depends on; in a
 * parallel group, `Added` names those written in it.
 */
export class SagaBuilder<
  Input,
  G extends StepGraph,
  On extends string,
  M extends Mode = 'sequence',
  Added extends string = never,
> {
  /** @internal */
  readonly written: Written;

  /** @internal */
  constructor(written: Written) {
    this.written = written;
  }

  /** Adds a step that a participant does: the command, and its payload, made from the input and the replies so far. Pure. */
  step<
    const Name extends string,
    C extends CommandContract,
    D extends keyof G & string = On,
    W extends boolean = never,
  >(
    name: Unused<Name, G>,
    command: C,
    payload: (context: StepContext<Input, RepliesAt<G, D>>) => PayloadFor<C>,
    options: StepOptions<StepContext<Input, RepliesAt<G, D>>, D, W> = {},
  ): Next<Input, G, On, M, Added, Name, Maybe<ReplyFor<C>, W>, D> {
    return this.#with({ kind: 'command', command, payload, ...this.#active(name, options) });
  }

  /**
   * Adds a step that a function does, in the process that runs the saga. It may be called again after a failure or a
   * crash, even while an earlier call still runs, so it must be idempotent: hand `idempotencyKey` to whatever must not act
   * twice. Its result must be JSON.
   */
  local<
    const Name extends string,
    Result,
    const Code extends string = never,
    D extends keyof G & string = On,
    W extends boolean = never,
  >(
    name: Unused<Name, G>,
    run: (context: LocalContext<Input, RepliesAt<G, D>, Code>) => Promise<Result> | Result,
    options: LocalOptions<StepContext<Input, RepliesAt<G, D>>, D, W, Code> = {},
  ): Next<Input, G, On, M, Added, Name, Maybe<Awaited<Result>, W>, D> {
    const { refusals = [] } = options;
    return this.#with({ kind: 'local', run, refusals, ...this.#active(name, options) });
  }

  /** Adds a step that is done when the event arrives: minutes or months later. The event's payload is the step's reply. */
  waitFor<
    const Name extends string,
    E extends EventContract,
    D extends keyof G & string = On,
    W extends boolean = never,
    const T extends 'fail' | 'continue' = 'fail',
  >(
    name: Unused<Name, G>,
    event: E,
    options: WaitOptions<StepContext<Input, RepliesAt<G, D>>, D, W, T> = {},
  ): SagaBuilder<
    Input,
    GraphWith<G, Name, T extends 'continue' ? OutputOf<E['payload']> | undefined : Maybe<OutputOf<E['payload']>, W>, D>,
    M extends 'group' ? On : Name,
    M,
    Added | Name
  > {
    const { timeoutMs = null, onTimeout = 'fail', refusedBy = [] } = options;
    const base = { ...this.#base(name, options), pivot: false, retry: this.written.defaults.step };
    return this.#with({ kind: 'wait', event, refusedBy, timeoutMs, onTimeout, ...base });
  }

  /** Steps that run side by side, each after what was written before the group. The next step waits for all of them. */
  parallel<G2 extends StepGraph, Names extends string>(
    this: SagaBuilder<Input, G, On>,
    write: (group: SagaBuilder<Input, G, On, 'group'>) => SagaBuilder<Input, G2, On, 'group', Names>,
  ): SagaBuilder<Input, G2, Names> {
    const { steps, group } = write(new SagaBuilder({ ...this.written, group: [] })).written;
    return new SagaBuilder({ ...this.written, steps, next: group ?? [] });
  }

  /** The finished definition. @throws SagaError INVALID_DEFINITION */
  build(
    this: SagaBuilder<Input, G, On>,
    { compensationOrder }: BuildOptions<keyof G & string> = {},
  ): SagaDefinition<Input, RepliesOf<G>> {
    const { steps } = this.written;
    const head = { ...this.written.head, ...(compensationOrder !== undefined && { compensationOrder }) };
    const problems = problemsOf(head, steps);
    if (problems.length > 0) {
      throw new SagaError('INVALID_DEFINITION', `saga definition ${head.type}: ${problems.join('; ')}`);
    }
    return { ...head, steps } as SagaDefinition<Input, RepliesOf<G>>;
  }

  #base(name: string, { dependsOn, when }: { dependsOn?: readonly string[] | undefined; when?: unknown }) {
    return { name, dependsOn: dependsOn ?? this.written.next, ...(when !== undefined && { when }) };
  }

  #active(name: string, options: StepOptions<never, string, boolean>) {
    const { timeoutMs = STEP_TIMEOUT_MS, pivot = false } = options;
    const policy = retryPolicy(options.retry, this.written.defaults.step);
    const retry = pivot ? { ...policy, maxAttempts: 'forever' as const } : policy;
    return { ...this.#base(name, options), timeoutMs, retry, pivot };
  }

  #with<Result>(step: unknown): Result {
    const { steps, next, group } = this.written;
    const { name } = step as StepDefinition;
    const after = group === undefined ? { next: [name] } : { next, group: [...group, name] };
    return new StepBuilder({ ...this.written, ...after, steps: [...steps, step as StepDefinition] }) as Result;
  }
}

type Next<
  Input,
  G extends StepGraph,
  On extends string,
  M extends Mode,
  Added extends string,
  Name extends string,
  Reply,
  D extends string,
> = StepBuilder<Input, GraphWith<G, Name, Reply, D>, M extends 'group' ? On : Name, M, Added | Name>;

/** A builder whose last step may still be given its compensation. */
export class StepBuilder<
  Input,
  G extends StepGraph,
  On extends string,
  M extends Mode = 'sequence',
  Added extends string = never,
> extends SagaBuilder<Input, G, On, M, Added> {
  /** How the step before is taken back. The payload is made from the input and the failure, never from replies. Pure. */
  compensate<C extends CommandContract>(
    command: C,
    payload: (context: CompensationContext<Input>) => PayloadFor<C>,
    options: CompensationOptions<Input> = {},
  ): SagaBuilder<Input, G, On, M, Added> {
    return this.#compensated({ kind: 'command', command, payload }, options);
  }

  /** How the step before is taken back, by a function in the process that runs the saga. It must be idempotent. */
  compensateLocal(
    run: (context: LocalCompensationContext<Input>) => Promise<void> | void,
    options: CompensationOptions<Input> = {},
  ): SagaBuilder<Input, G, On, M, Added> {
    return this.#compensated({ kind: 'local', run }, options);
  }

  #compensated(action: object, options: CompensationOptions<Input>): SagaBuilder<Input, G, On, M, Added> {
    const { timeoutMs = STEP_TIMEOUT_MS, strategy = 'deferred', when } = options;
    const retry = retryPolicy(options.retry, this.written.defaults.compensation);
    const compensation = { ...action, timeoutMs, retry, strategy, ...(when !== undefined && { when }) };
    const { steps } = this.written;
    const last = { ...steps.at(-1), compensation: compensation as CompensationDefinition } as StepDefinition;
    return new SagaBuilder({ ...this.written, steps: [...steps.slice(0, -1), last] });
  }
}
