import { defineSaga } from '../core/builder.js';
import type { CommandContract } from '../core/command.js';
import type { SagaDefinition } from '../core/definition.js';
import type { Schema } from '../core/schema.js';
import { groupsOf, nameOf, type Plan, type StepPlan, type UndoPlan, type When, type WorkPlan } from './plan.fixture.js';

/** What replies, events and the input carry. */
export interface Token {
  readonly n: number;
}

export type Replies = Readonly<Record<string, Token | undefined>>;
interface Context {
  readonly input: Token;
  readonly replies: Replies;
}
interface UndoContext {
  readonly input: Token;
  readonly failure: { readonly code: string };
}

/** What a command carries, and a local step gives back: all that its function was given. */
export interface Told {
  readonly input: Token;
  readonly replies?: Replies;
  readonly failure?: unknown;
}

export const REFUSAL = 'NO';

/** Accepts a token and nothing else. */
const token: Schema<Token> = {
  '~standard': {
    version: 1,
    vendor: 'model',
    validate: (value) =>
      typeof value === 'object' && value !== null && 'n' in value && Number.isInteger(value.n)
        ? { value: { n: value.n as number } }
        : { issues: [{ message: 'not a token' }] },
  },
};
const anything: Schema = { '~standard': { version: 1, vendor: 'model', validate: (value) => ({ value }) } };

const commandOf = (name: string, refusals: readonly string[]): CommandContract => ({
  name,
  queue: 'q',
  payload: anything,
  reply: token,
  refusals,
});
const eventOf = (name: string) => ({ name, payload: token });

/** Whether a step runs, by the replies that it is given. */
export function holds(when: When, replies: Replies): boolean {
  if (when === 'throws') throw new Error('a bug in when');
  if (when !== 'parity') return when === 'always';
  const given = Object.values(replies).filter((reply) => reply !== undefined);
  return (given.length + given.reduce((sum, { n }) => sum + n, 0)) % 2 === 0;
}

/** Whether a step is compensated, by why the saga fails. */
export function undoHolds(when: UndoPlan['when'], failure: { readonly code: string }): boolean {
  if (when === 'throws') throw new Error('a bug in compensation.when');
  return when === 'always' || (when === 'unlessCancelled' && failure.code !== 'CANCELLED');
}

/** The builder as far as it goes without knowing the types of a definition, which is made up. */
interface Builder {
  step(name: string, command: CommandContract, payload: (context: Context) => Told, options: object): Builder;
  local(name: string, run: (context: LocalContext) => Promise<Token>, options: object): Builder;
  waitFor(name: string, event: object, options: object): Builder;
  compensate(command: CommandContract, payload: (context: UndoContext) => Told, options: object): Builder;
  compensateLocal(run: (context: UndoContext & Keyed) => Promise<void>, options: object): Builder;
  parallel(group: (builder: Builder) => Builder): Builder;
  build(options: { compensationOrder?: readonly string[] }): SagaDefinition;
}
interface Keyed {
  readonly idempotencyKey: string;
}
interface LocalContext extends Context, Keyed {
  readonly refuse: (code: string) => never;
}

/** What local functions do; without it they must not be called. */
export interface Locals {
  do(step: string, told: Told, idempotencyKey: string, refuse: (code: string) => never): Promise<Token>;
  undo(step: string, told: Told, idempotencyKey: string): Promise<void>;
}

const NO_LOCALS: Locals = {
  do: () => Promise.reject(new Error('nobody runs local steps here')),
  undo: () => Promise.reject(new Error('nobody runs local steps here')),
};

/** The plan, written down with the builder. */
export function definitionOf(plan: Plan, locals = NO_LOCALS, type = 'model'): SagaDefinition {
  const timeout = plan.timeoutMs === undefined ? {} : { timeoutMs: plan.timeoutMs };
  const written = groupsOf(plan).reduce<Builder>(
    (builder, group) => {
      const add = (to: Builder) =>
        group.reduce((it, index) => withStep(it, plan.steps[index] as StepPlan, index, locals), to);
      return group.length === 1 ? add(builder) : builder.parallel(add);
    },
    defineSaga(type, { version: 1, input: token, ...timeout }) as unknown as Builder,
  );
  const order = plan.compensationOrder?.map(nameOf);
  return written.build(order === undefined ? {} : { compensationOrder: order });
}

function withStep(builder: Builder, step: StepPlan, index: number, locals: Locals): Builder {
  const name = nameOf(index);
  const options = {
    ...(step.when !== 'always' && { when: ({ replies }: Context) => holds(step.when, replies) }),
    ...(typeof step.link === 'object' && { dependsOn: step.link.on.map(nameOf) }),
  };
  if (step.kind !== 'wait') return withWork(builder, step, name, options, locals);
  const { event, refusedBy, timeoutMs, onTimeout } = step;
  return builder.waitFor(name, eventOf(event), { ...options, refusedBy: refusedBy.map(eventOf), timeoutMs, onTimeout });
}

function withWork(builder: Builder, step: WorkPlan, name: string, options: object, locals: Locals): Builder {
  const { kind, pivot, timeoutMs, mayRefuse, throws, undo } = step;
  const refusals = mayRefuse ? [REFUSAL] : [];
  const all = { ...options, pivot, timeoutMs, retry: retryOf(step) };
  const payload = ({ input, replies }: Context) => unless(throws, { input, replies: { ...replies } });
  const added =
    kind === 'command'
      ? builder.step(name, commandOf(`do.${name}`, refusals), payload, all)
      : builder.local(
          name,
          ({ input, replies, idempotencyKey, refuse }) => locals.do(name, { input, replies }, idempotencyKey, refuse),
          { ...all, refusals },
        );
  return undo === undefined ? added : withUndo(added, undo, name, locals);
}

function withUndo(builder: Builder, undo: UndoPlan, name: string, locals: Locals): Builder {
  const { kind, timeoutMs, strategy, throws, when } = undo;
  const options = {
    timeoutMs,
    strategy,
    retry: retryOf(undo),
    ...(when !== 'always' && { when: ({ failure }: UndoContext) => undoHolds(when, failure) }),
  };
  if (kind === 'command')
    return builder.compensate(
      commandOf(`undo.${name}`, [REFUSAL]),
      (context) => unless(throws, told(context)),
      options,
    );
  return builder.compensateLocal((context) => locals.undo(name, told(context), context.idempotencyKey), options);
}

function unless<T>(throws: boolean, value: T): T {
  if (throws) throw new Error('a bug in a payload function');
  return value;
}

const told = ({ input, failure }: UndoContext): Told => ({ input, failure });

export const RETRY = { initialDelayMs: 50, factor: 2, maxDelayMs: 1_000, jitter: 'full' } as const;
const retryOf = ({ maxAttempts }: { readonly maxAttempts: number | 'forever' }) => ({ ...RETRY, maxAttempts });
