import type { EventContract } from '../../core/command.js';
import type { SagaDefinition, StepDefinition } from '../../core/definition.js';
import type { SagaState } from '../../core/saga.js';
import type { InputOf } from '../../core/schema.js';
import type { Duration } from '../duration.js';
import type { Fault, Sending } from '../faults.js';
import { nameOfLocal } from '../simulation/local-steps.js';

import type { Handlers } from '../simulation/participants.js';
import { LATE_MS } from './post.js';

/** Participants in one run: with fresh state, so made anew for each. */
export interface ExploredParticipants {
  /** Each does its work and records its outcome in one go, without awaiting anything, or marks the moments between. */
  readonly handlers: Handlers;
  /** Throws if something is not as it must be once the saga has ended and every message has arrived. */
  readonly invariants?: (saga: SagaState) => void;
  /** Throws if something is not as it must be at every moment; the saga is undefined while it is not in the journal. */
  readonly always?: (saga: SagaState | undefined) => void;
}

/** Those who act from outside, in a scenario. Each wish is tried again until the engine has answered it. */
export interface Actors {
  /** Lets virtual time pass before something happens. */
  after(duration: Duration, then: () => void): void;
  /** Whether a step took the event, or will. */
  signal<E extends EventContract>(event: E, payload: InputOf<E['payload']>, id?: string): Promise<boolean>;
  /** Whether it was applicable. */
  cancel(): Promise<boolean>;
  pause(): Promise<boolean>;
  resume(): Promise<boolean>;
  retry(): Promise<boolean>;
  skip(step: string, reply?: unknown): Promise<boolean>;
  /** From now on, nothing goes wrong with the command any more. */
  heal(command: string): void;
}

/** A course of events that is explored: without disturbances first, and then with each of them. */
export interface Scenario {
  /** Part of the labels of its runs. */
  readonly name: string;
  /** What goes wrong in all of its runs. */
  readonly faults?: readonly (readonly [command: string, fault: Fault, sending?: Sending])[];
  /** Another input than the exploration's. */
  readonly input?: unknown;
  /** Other participants than the exploration's. */
  readonly participants?: () => ExploredParticipants;
  /** What happens besides: events that arrive, people who act. Called when the saga is started. */
  readonly script?: (actors: Actors) => void;
  /** What a person does when the saga is parked. */
  readonly whenParked?: (actors: Actors) => void;
  /** Whether the saga may stay parked. Default: no. */
  readonly mayPark?: boolean;
  /** How far it is explored: undisturbed only, with each disturbance, or with pairs of crashes, too. Default: `pairs`. */
  readonly depth?: 'undisturbed' | 'disturbed' | 'pairs';
}

/** How often something goes wrong with a command that is sent until it is answered. */
const SOME_TIMES = [1, 2, 3];

/** The courses that follow from the definition: every step refused, every outcome unknown, every compensation failing. */
export function scenariosOf(definition: SagaDefinition): Scenario[] {
  return [{ name: 'all goes well' }, ...definition.steps.flatMap((step) => scenariosOfStep(definition, step))];
}

function scenariosOfStep(definition: SagaDefinition, step: StepDefinition): Scenario[] {
  const command = actionOf(step);
  if (command === undefined) return [];
  const { name, pivot, retry } = step;
  const each = (fault: Fault) =>
    pivot || retry.maxAttempts === 'forever'
      ? SOME_TIMES.map((time) => [command, fault, time] as const)
      : [[command, fault] as const];
  const [code] = refusalsOf(step);
  const late = {
    name: `every command of ${name} is late`,
    faults: each({ commandAfterMs: LATE_MS }),
    depth: 'disturbed',
  } as const;
  return [
    ...(code === undefined ? [] : [{ name: `${name} is refused`, faults: [[command, { refusal: code }] as const] }]),
    { name: `${name} gets no command`, faults: each('commandLost'), depth: 'disturbed' },
    { name: `no answer of ${name} arrives`, faults: each('replyLost'), depth: 'disturbed' },
    // A function that hangs cannot know that it was taken back meanwhile: only commands are refused then.
    ...(step.kind === 'command' ? [late] : []),
    ...failingCompensation(definition, step),
  ];
}

/** A later step is refused, and the compensation fails: some times; or until the saga is parked, and a person acts. */
function failingCompensation(definition: SagaDefinition, step: StepDefinition): Scenario[] {
  const undo = compensationOf(step);
  const later = definition.steps.slice(definition.steps.indexOf(step) + 1);
  const cause = later.find((each) => actionOf(each) !== undefined && refusalsOf(each).length > 0);
  if (undo === undefined || cause === undefined) return [];
  const refused = [actionOf(cause) as string, { refusal: refusalsOf(cause)[0] as string }] as const;
  const name = `the compensation of ${step.name} fails`;
  const sometimes: Scenario = {
    name: `${name} at first`,
    faults: [refused, ...SOME_TIMES.map((time) => [undo, 'failed', time] as const)],
    depth: 'disturbed',
    whenParked: (actors) => void actors.retry(),
  };
  const forGood: Scenario = {
    name: `${name} for good`,
    faults: [refused, [undo, 'failed']],
    depth: 'undisturbed',
    whenParked: (actors) => {
      actors.heal(undo);
      void actors.retry();
    },
  };
  return step.compensation?.retry.maxAttempts === 'forever' ? [sometimes] : [sometimes, forGood];
}

function actionOf(step: StepDefinition): string | undefined {
  if (step.kind === 'wait') return undefined;
  return step.kind === 'command' ? step.command.name : nameOfLocal(step.name, 'do');
}

function compensationOf({ name, compensation }: StepDefinition): string | undefined {
  if (compensation === undefined) return undefined;
  return compensation.kind === 'command' ? compensation.command.name : nameOfLocal(name, 'undo');
}

function refusalsOf(step: StepDefinition): readonly string[] {
  if (step.kind === 'wait') return [];
  return step.kind === 'command' ? step.command.refusals : step.refusals;
}
