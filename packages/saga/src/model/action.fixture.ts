import fc from 'fast-check';
import { EVENTS, MOST_STEPS } from './arbitrary-plan.fixture.js';
import { nameOf } from './plan.fixture.js';

export type Answer = 'done' | 'refused' | 'failed' | 'lost' | 'invalid';

/** What a run makes happen. `which` picks one of all the commands in question, `n` is what a reply or an event carries. */
export type Action =
  /** Of the commands that wait for an answer. */
  | { readonly do: 'answer'; readonly which: number; readonly answer: Answer; readonly n: number }
  /** Of all commands ever sent: most are answered already, or were sent again. */
  | { readonly do: 'answerAgain'; readonly which: number; readonly answer: Answer; readonly n: number }
  | { readonly do: 'answerNobody'; readonly step: string; readonly phase: 'do' | 'undo'; readonly attempt: number }
  /** An event that a step waits for, if there is one; or any. */
  | { readonly do: 'event'; readonly which: number; readonly n: number; readonly id: string | undefined }
  | { readonly do: 'anyEvent'; readonly event: string; readonly payload: unknown; readonly id: string | undefined }
  | { readonly do: 'pass'; readonly ms: number }
  /** The next process to look at the saga has a clock that is behind. */
  | { readonly do: 'turnBack'; readonly ms: number }
  | { readonly do: 'passUntilDue' | 'due' | 'recovered' | 'cancel' | 'compensate' | 'pause' | 'resume' | 'retry' }
  | { readonly do: 'skip'; readonly step: string; readonly n: number | undefined }
  /** A step that is parked, if there is one. */
  | { readonly do: 'skipParked' };

const which = fc.nat(20);
const n = fc.nat(3);
const answer = fc.constantFrom<Answer>(
  'done',
  'done',
  'done',
  'done',
  'refused',
  'failed',
  'failed',
  'lost',
  'invalid',
);
const goodAnswer = fc.constant<Answer>('done');
const id = fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined, freq: 2 });
const steps = Array.from({ length: MOST_STEPS }, (_, index) => nameOf(index));
const command = <D extends string>(name: D, answer: fc.Arbitrary<Answer>) =>
  fc.record({ do: fc.constant(name), which, answer, n });

const weighed = (weight: number, arbitrary: fc.Arbitrary<Action>) => ({ weight, arbitrary });

export const arbitraryAction: fc.Arbitrary<Action> = fc.oneof(
  weighed(10, command('answer', goodAnswer)),
  weighed(10, command('answer', answer)),
  weighed(2, command('answerAgain', answer)),
  weighed(
    1,
    fc.record({
      do: fc.constant('answerNobody'),
      step: fc.constantFrom(...steps, 'nobody', 'toString', '__proto__'),
      phase: fc.constantFrom('do', 'undo'),
      attempt: fc.integer({ min: -1, max: 9 }),
    }),
  ),
  weighed(4, fc.record({ do: fc.constant('event'), which, n, id })),
  weighed(
    1,
    fc.record({
      do: fc.constant('anyEvent'),
      event: fc.constantFrom(...EVENTS, 'e9', '__proto__'),
      payload: fc.constantFrom({ n: 1 }, { n: 2 }, { n: 'text' }, null),
      id,
    }),
  ),
  weighed(2, fc.record({ do: fc.constant('pass'), ms: fc.nat(6_000) })),
  weighed(1, fc.record({ do: fc.constant('turnBack'), ms: fc.nat(2_000) })),
  weighed(6, fc.record({ do: fc.constant('passUntilDue') })),
  weighed(4, fc.record({ do: fc.constantFrom('recovered', 'due', 'resume', 'retry') })),
  weighed(2, fc.record({ do: fc.constantFrom('cancel', 'compensate', 'pause', 'pause') })),
  weighed(
    1,
    fc.record({
      do: fc.constant('skip'),
      step: fc.constantFrom(...steps, 'toString'),
      n: fc.option(n, { nil: undefined }),
    }),
  ),
  weighed(1, fc.record({ do: fc.constant('skipParked') })),
);
