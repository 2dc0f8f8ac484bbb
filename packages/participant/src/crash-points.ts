import { type Faults, pointOf, receiverPoints, topologyOf } from '@saga-checkout/messaging';
import { createFaults } from '@saga-checkout/service';
import type { ParticipantEnv } from './participant-env.js';

/** Called where a participant passes a boundary with a command, so that a test can end or stop the process there. */
export type CrashPoint = (boundary: string, command: string) => void;

/** What runs unless the process has a fault plan. */
export const noCrashPoint: CrashPoint = () => {};

/** Injection token of the {@link CrashPoint}. */
export const CRASH_POINT = Symbol('crash point');

/** Around the write of a round. */
const ROUND_BOUNDARIES = ['before-commit', 'after-commit'];

interface Named<Name extends string> {
  readonly name: Name;
}

/** Passes the boundary with each of a round's commands; `contracts` has their full names. */
export function passWith<Name extends string>(
  crashPoint: CrashPoint,
  boundary: (typeof ROUND_BOUNDARIES)[number],
  commands: readonly Named<Name>[],
  contracts: Readonly<Record<Name, Named<string>>>,
): void {
  if (crashPoint === noCrashPoint) return;
  for (const { name } of commands) crashPoint(boundary, contracts[name].name);
}

/**
 * The faults that the environment asks for, with the participant's own boundaries besides those that all have: `before-provider`,
 * which all its commands pass, or `before-lookup:payment.process`, which that one passes.
 */
export function faultsOf(
  service: string,
  queue: string,
  boundaries: readonly string[],
  env: ParticipantEnv,
): Faults | undefined {
  const { commands } = topologyOf(queue);
  const points = [...ROUND_BOUNDARIES, ...boundaries].flatMap((each) => {
    const [boundary = '', command] = each.split(':');
    return (command === undefined ? commands : [command]).map((of) => pointOf(boundary, of));
  });
  const messages = commands.map((command) => `reply ${command}`);
  return createFaults({ service, env, points: [...receiverPoints(commands), ...points], messages });
}

/** The crash point of a process that has these faults. */
export const crashPointOf = (faults: Faults | undefined): CrashPoint =>
  faults ? (boundary, command) => faults.reached(pointOf(boundary, command)) : noCrashPoint;
