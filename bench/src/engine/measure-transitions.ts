import { begin, type Happening, type OutgoingCommand, type SagaDefinition, transition } from '@saga-checkout/saga';
import { definitionNamed, inputOf, LAST_COMMAND, reply } from './definitions.js';

export interface TransitionOptions {
  /** The definition's type. */
  readonly definition: string;
  /** Whether the last step is refused, so that the saga is compensated. */
  readonly refused: boolean;
  readonly seconds: number;
}

export interface TransitionResult {
  /** CPU of one transition, on average over all of a saga, in µs. */
  readonly transitionUs: number;
  /** CPU of all transitions of a saga, in µs. */
  readonly sagaUs: number;
  /** How many those are. */
  readonly transitions: number;
}

/** The pure core alone: begins sagas and answers their commands, without a store, in a tight loop. */
export function measureTransitions({ definition: name, refused, seconds }: TransitionOptions): TransitionResult {
  const definition = definitionNamed(name);
  run(definition, refused, seconds / 2);
  const before = process.cpuUsage();
  const { sagas, transitions } = run(definition, refused, seconds);
  const { user, system } = process.cpuUsage(before);
  const us = user + system;
  return { transitionUs: us / transitions, sagaUs: us / sagas, transitions: transitions / sagas };
}

function run(definition: SagaDefinition, refused: boolean, seconds: number): { sagas: number; transitions: number } {
  const end = performance.now() + seconds * 1_000;
  const total = { sagas: 0, transitions: 0 };
  const input = inputOf('018f0000-0000-7000-8000-000000000000');
  while (performance.now() < end) {
    total.transitions += toTheEnd(definition, input, refused);
    total.sagas++;
  }
  return total;
}

/** How many transitions a saga took from its beginning to its end. */
function toTheEnd(definition: SagaDefinition, input: unknown, refused: boolean): number {
  let next = begin(definition, { sagaId: '018f0000-0000-7000-8000-000000000000', businessKey: 'key', input }, 1);
  const commands = [...next.commands];
  let count = 1;
  for (let command = commands.shift(); command !== undefined; command = commands.shift()) {
    next = transition(definition, next.saga, answerTo(command, refused), ++count);
    commands.push(...next.commands);
  }
  const expected = refused ? 'COMPENSATED' : 'COMPLETED';
  if (next.saga.status !== expected) throw new Error(`the saga is ${next.saga.status}, not ${expected}`);
  return count;
}

function answerTo({ step, phase, attempt, name }: OutgoingCommand, refused: boolean): Happening {
  const outcome =
    refused && name === LAST_COMMAND
      ? ({ outcome: 'refused', code: 'NO', message: 'no' } as const)
      : ({ outcome: 'done', data: reply } as const);
  return { kind: 'reply', step, phase, attempt, outcome };
}
