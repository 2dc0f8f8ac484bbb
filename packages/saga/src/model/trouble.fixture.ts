import fc from 'fast-check';
import type { Control } from '../runtime/controls.js';
import type { Fault } from '../testing/world.fixture.js';
import { EVENTS, MOST_STEPS } from './arbitrary-plan.fixture.js';
import { nameOf } from './plan.fixture.js';

/** A process dies at its so many-th boundary, and is started again after a while. */
export interface Crash {
  readonly owner: string;
  readonly boundary: number;
  readonly downMs: number;
}

/** Somebody wants something of a saga, or an event happens. */
export interface Wish {
  readonly atMs: number;
  readonly sagaId: string;
  readonly wish: Control | { readonly kind: 'event'; readonly event: string };
}

/** The journal is away from a process for a while, or what it answers is. */
export interface Loss {
  readonly atMs: number;
  readonly owner: string;
  readonly what: 'away' | 'losesAnswers';
  readonly forMs: number;
}

export interface Trouble {
  /** What goes wrong with the commands, one after the other. */
  readonly faults: readonly Fault[];
  readonly crashes: readonly Crash[];
  readonly wishes: readonly Wish[];
  readonly losses: readonly Loss[];
  readonly refusing: readonly number[];
  readonly stubborn: readonly number[];
}

export const OWNERS = ['a', 'b'] as const;
export const SAGAS = ['1', '2'] as const;
/** Until then things go wrong, in ms. */
export const TROUBLED_MS = 8_000;

const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fault>('none') },
  {
    weight: 6,
    arbitrary: fc.constantFrom<Fault>(
      'commandLost',
      'replyLost',
      'replyTwice',
      'failed',
      'doneButFailed',
      'notConnected',
    ),
  },
  { weight: 1, arbitrary: fc.record({ replyAfterMs: fc.constantFrom(50, 150, 2_000, 6_000) }) },
);
const step = fc.nat(MOST_STEPS - 1);
const reason = fc.constant('r');
const wish: fc.Arbitrary<Wish['wish']> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('event'), event: fc.constantFrom(...EVENTS) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('pause', 'resume', 'retry') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('cancelRequested', 'compensate'), reason }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('skip'), step: step.map(nameOf), reason }) },
);
/** Most sagas are quick: much of it happens while they begin. */
const atMs = fc.oneof(fc.nat(20), fc.nat(1_000), fc.nat(TROUBLED_MS));
const owner = fc.constantFrom(...OWNERS);
const few = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) => fc.array(arbitrary, { maxLength, size: 'max' });

/** What can go wrong with two sagas and the two processes that run them. */
export const arbitraryTrouble: fc.Arbitrary<Trouble> = fc.record({
  faults: few(fault, 30),
  crashes: few(fc.record({ owner, boundary: fc.nat(20), downMs: fc.constantFrom(0, 100, 3_000) }), 4),
  wishes: few(fc.record({ atMs, sagaId: fc.constantFrom(...SAGAS), wish }), 6),
  losses: few(
    fc.record({ atMs, owner, what: fc.constantFrom('away', 'losesAnswers'), forMs: fc.constantFrom(5, 200, 2_000) }),
    2,
  ),
  refusing: few(step, 1),
  stubborn: few(step, 2),
});
