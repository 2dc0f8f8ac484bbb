import fc from 'fast-check';
import type { CommandContract } from './command.js';
import type { SagaDefinition, StepDefinition } from './definition.js';
import type { RetryPolicy } from './retry.js';
import type { Schema } from './schema.js';

export interface StepSpec {
  readonly maxAttempts: number;
  readonly timeoutMs: number;
  /** Most attempts of its compensation; none: it has none. */
  readonly compensation: number | undefined;
  readonly pivot: boolean;
}

export interface Spec {
  readonly steps: readonly StepSpec[];
  readonly timeoutMs: number | undefined;
}

const attempts = fc.integer({ min: 1, max: 4 });
const arbitraryStep: fc.Arbitrary<StepSpec> = fc.record({
  maxAttempts: attempts,
  timeoutMs: fc.constantFrom(100, 1_000, 5_000),
  compensation: fc.option(attempts, { nil: undefined }),
  pivot: fc.constant(false),
});

/** Sequences of one to six steps, with and without compensations, retries, a pivot at the end, a timeout. */
export const arbitraryDefinition: fc.Arbitrary<Spec> = fc
  .record({
    steps: fc.array(arbitraryStep, { minLength: 1, maxLength: 6 }),
    pivot: fc.boolean(),
    timeoutMs: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
  })
  .map(({ steps, pivot, timeoutMs }) => ({
    steps: steps.map((step, index) => ({ ...step, pivot: pivot && index === steps.length - 1 })),
    timeoutMs,
  }));

const anything: Schema = { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } };

const contract = (name: string): CommandContract => ({
  name,
  queue: 'q',
  payload: anything,
  reply: anything,
  refusals: ['NO'],
});

/** The definition; each step is sent the names of the steps whose replies it has. */
export function definitionOf({ steps, timeoutMs }: Spec): SagaDefinition {
  const definitions = steps.map(stepOf);
  return { type: 'random', version: 1, input: anything, steps: definitions, ...(timeoutMs && { timeoutMs }) };
}

function stepOf({ maxAttempts, timeoutMs, compensation, pivot }: StepSpec, index: number): StepDefinition {
  const policy: RetryPolicy = { maxAttempts, initialDelayMs: 50, factor: 2, maxDelayMs: 1_000, jitter: 'full' };
  const step: StepDefinition = {
    kind: 'command',
    name: `s${index}`,
    command: contract(`do.s${index}`),
    dependsOn: index === 0 ? [] : [`s${index - 1}`],
    payload: ({ replies }) => Object.keys(replies),
    timeoutMs,
    retry: pivot ? { ...policy, maxAttempts: 'forever' } : policy,
    pivot,
  };
  if (compensation === undefined) return step;
  const retry = { ...policy, maxAttempts: compensation };
  const payload = ({ failure }: { failure: { code: string } }) => failure.code;
  const command = contract(`undo.s${index}`);
  return { ...step, compensation: { kind: 'command', command, payload, timeoutMs, retry, strategy: 'deferred' } };
}

type Answer = 'done' | 'refused' | 'failed' | 'lost';

/** What a run makes happen. `command` picks one of all the commands sent so far. */
export type Action =
  | { readonly do: 'answerLatest'; readonly answer: Answer }
  | { readonly do: 'answerAny'; readonly answer: Answer; readonly command: number }
  | { readonly do: 'answerNobody'; readonly step: string; readonly phase: 'do' | 'undo'; readonly attempt: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'passUntilDue' | 'recover' | 'cancel' | 'retry' | 'skipParked' };

const answer = fc.constantFrom<Answer>('done', 'done', 'done', 'refused', 'failed', 'failed', 'lost');

export const arbitraryAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('answerLatest' as const), answer }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('answerAny' as const), answer, command: fc.nat(50) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('answerNobody' as const),
      step: fc.constantFrom('s0', 's1', 'nobody', 'toString', '__proto__'),
      phase: fc.constantFrom('do' as const, 'undo' as const),
      attempt: fc.integer({ min: -1, max: 9 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(6_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('passUntilDue' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('recover' as const, 'cancel' as const, 'retry' as const, 'skipParked' as const),
    }),
  },
);
