import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { StartupError } from '../startup-error.js';
import { FaultPlan } from './fault-plan.js';
import { FaultRecord } from './fault-record.js';
import { type Instruction, isEnd, readInstructions } from './instruction.js';
import { nearest } from './nearest.js';

/** What each service that can be made to fail reads from its environment. */
export const faultEnv = {
  NODE_ENV: z.string().optional(),
  /**
   * For tests: what goes wrong in this process, and where. `list` prints all that there is; `@<file>` reads the plan from
   * a file, and again whenever that changes. Refused in production.
   */
  FAULT_PLAN: z.string().optional(),
  /** A folder in which faults that were done leave a file each, and are not done again. */
  FAULT_RECORD: z.string().optional(),
};

/** What can go wrong in a service. */
export interface FaultsOptions {
  readonly service: string;
  readonly env: z.output<z.ZodObject<typeof faultEnv>>;
  /** The boundaries that it passes. */
  readonly points: readonly string[];
  /** The messages that it sends: `command order.create`, `reply order.create`. */
  readonly messages: readonly string[];
}

/** How often a plan's file is looked at, in ms. */
const LOOK_MS = 40;

/**
 * The faults that the environment asks for; undefined, as ever but in tests: none. `FAULT_PLAN=list` prints the names and
 * ends the process.
 *
 * @throws StartupError if the plan cannot be read, names what does not exist, or if this is production.
 */
export function createFaults(options: FaultsOptions): FaultPlan | undefined {
  const { service, env } = options;
  const { FAULT_PLAN: given, FAULT_RECORD: folder, NODE_ENV: mode } = env;
  if (given === undefined) return undefined;
  if (mode === 'production')
    throw new StartupError(`${service} would do itself harm: FAULT_PLAN is set in production`, 'unset FAULT_PLAN');
  if (given === 'list') return list(options);
  const record = new FaultRecord(folder, service);
  const plan = new FaultPlan(record);
  const follow = (text: string) => {
    plan.follow(understood(text, options));
    record.follows(text);
  };
  if (!given.startsWith('@')) follow(given);
  else {
    const file = given.slice(1);
    let text = planIn(file, service);
    follow(text);
    // The text is compared, not the file's times: a change right after the first look would be missed. A file that has gone
    // leaves the plan as it was.
    const look = () => {
      const next = existsSync(file) ? planIn(file, service) : text;
      if (next === text) return;
      text = next;
      follow(text);
    };
    setInterval(look, LOOK_MS).unref();
  }
  return plan;
}

function list({ points, messages }: FaultsOptions): never {
  process.stdout.write(`${[...points, ...messages].join('\n')}\n`);
  process.exit(0);
}

function planIn(file: string, service: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new StartupError(
      `${service} cannot read its fault plan: ${(error as Error).message}`,
      'FAULT_PLAN=@<file> must name a file that is there',
    );
  }
}

function understood(text: string, { service, points, messages }: FaultsOptions): Instruction[] {
  const { instructions, unreadable } = readInstructions(text);
  const unknown = instructions.filter(({ target, fault }) => !(isEnd(fault) ? points : messages).includes(target));
  const problems = [
    ...unreadable.map(
      (part) => `  ${part}: expected kill|stop <point> or duplicate|lose|delay:<ms> command|reply <name>`,
    ),
    ...unknown.map(
      ({ target }) => `  ${target} is not known here; near it: ${nearest(target, [...points, ...messages]).join(', ')}`,
    ),
  ];
  if (problems.length === 0) return instructions;
  throw new StartupError(
    `${service} cannot follow its fault plan:\n${problems.join('\n')}`,
    'correct FAULT_PLAN; FAULT_PLAN=list prints every name that there is',
  );
}
