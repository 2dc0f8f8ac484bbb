import { describe, expect, it } from 'vitest';
import { flight, tripInput, tripSaga } from '../testing/trip.fixture.js';
import { defineSaga } from './builder.js';
import type { StepContext } from './definition.js';
import { SagaError } from './errors.js';
import type { CompensationOptions, SagaOptions, StepOptions } from './options.js';

const payload = () => ({ tripId: 't', seats: 1 });
const back = () => ({ tripId: 't', why: '' });
const head = (options: Partial<SagaOptions<typeof tripInput>>, type = 'trip') =>
  defineSaga(type, { version: 1, input: tripInput, ...options }).step('book', flight.book, payload);
const step = (options: StepOptions<StepContext, never, never>, name = 'book') =>
  defineSaga('trip', { version: 1, input: tripInput }).step(name, flight.book, payload, options);
const undo = (options: CompensationOptions) => step({}).compensate(flight.cancel, back, options);

describe('a saga definition', () => {
  it('has its steps in order, each after the one before', () => {
    const { steps } = tripSaga();
    expect(steps.map(({ name, dependsOn }) => [name, ...dependsOn])).toEqual([
      ['bookFlight'],
      ['bookHotel', 'bookFlight'],
      ['chargeCard', 'bookHotel'],
      ['issueTicket', 'chargeCard'],
    ]);
  });

  it('has defaults for what a step does not say', () => {
    const [book] = undo({}).build().steps;
    const retry = { maxAttempts: 4, initialDelayMs: 200, factor: 2, maxDelayMs: 30_000, jitter: 'full' };
    expect(book).toMatchObject({ timeoutMs: 5_000, pivot: false, retry });
    expect(book?.compensation).toMatchObject({
      timeoutMs: 5_000,
      retry: { ...retry, maxAttempts: 10, maxDelayMs: 60_000 },
    });
  });

  it('retries a pivot forever, with the delays that the step says', () => {
    const [pivot] = step({ pivot: true, retry: { maxAttempts: 2, maxDelayMs: 1_000 } }).build().steps;
    expect(pivot?.retry).toMatchObject({ maxAttempts: 'forever', maxDelayMs: 1_000 });
  });

  it('can be continued in two ways without the one touching the other', () => {
    const shared = head({});
    const one = shared.step('one', flight.book, payload).build();
    const other = shared.step('other', flight.book, payload).build();
    expect([one.steps[1]?.name, other.steps[1]?.name]).toEqual(['one', 'other']);
  });

  it.each<[string, () => { build(): unknown }, string]>([
    ['a type that is no name', () => head({}, 'a trip'), 'its type must be a name'],
    ['a version below 1', () => head({ version: 0 }), 'its version must be a whole number from 1'],
    ['a version between two', () => head({ version: 1.5 }), 'its version must be a whole number from 1'],
    ['no steps', () => defineSaga('trip', { version: 1, input: tripInput }), 'it has no steps'],
    ['a step that is no name', () => step({}, 'book:flight'), 'a name has letters, digits and _'],
    ['no time to answer', () => step({ timeoutMs: 0 }), 'step book: timeoutMs must be'],
    ['endless time to answer', () => step({ timeoutMs: Number.POSITIVE_INFINITY }), 'step book: timeoutMs must be'],
    ['no time to take back', () => undo({ timeoutMs: -1 }), 'the compensation of step book: timeoutMs must be'],
    ['no time for the saga', () => head({ timeoutMs: Number.NaN }), 'timeoutMs must be'],
    ['no attempts', () => step({ retry: { maxAttempts: 0 } }), 'step book: retry.maxAttempts must be'],
    ['half an attempt', () => undo({ retry: { maxAttempts: 1.5 } }), 'step book: retry.maxAttempts must be'],
    ['a negative delay', () => step({ retry: { initialDelayMs: -1 } }), 'retry.initialDelayMs must be'],
    ['an endless delay', () => step({ retry: { maxDelayMs: Number.POSITIVE_INFINITY } }), 'retry.maxDelayMs must be'],
    ['delays that become shorter', () => step({ retry: { factor: 0.5 } }), 'retry.factor must be'],
    [
      'a first delay that the longest one cuts off',
      () => step({ retry: { initialDelayMs: 60_000 } }),
      'give maxDelayMs, too',
    ],
  ])('is refused with %s', (_, builder, problem) => {
    expect(() => builder().build()).toThrow(problem);
    expect(() => builder().build()).toThrow(SagaError);
  });

  it('is refused with all its problems at once', () => {
    const build = () => head({ version: 0 }).step('other', flight.book, payload, { timeoutMs: 0 }).build();
    expect(build).toThrow(/version.*; step other: timeoutMs/);
  });
});
