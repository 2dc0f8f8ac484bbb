import { setTimeout as sleep } from 'node:timers/promises';
import { durationOf, titleOf } from './fault.js';
import { inject } from './inject/inject.js';
import { type Planned, targetOf } from './plan.js';
import type { World } from './world.js';

/** A fault as it came about. Times in ms after the beginning. */
export interface Performed extends Planned {
  readonly beganMs: number;
  /** When all was lifted and, of a server, when it served again. */
  readonly overMs: number;
  /** Why it could not be done. */
  readonly problem?: string;
}

/** Performs the plan; resolves when all of it is over. Whatever cannot be done is said, and does not stop the rest. */
export async function perform(
  world: World,
  plan: readonly Planned[],
  beganAt: number,
  onLine: (line: string) => void,
): Promise<Performed[]> {
  const nowMs = () => Math.round(performance.now() - beganAt);
  // What is hit must have recovered before it is hit again, which may take longer than was planned.
  const busy = new Map<string, Promise<unknown>>();
  const one = async ({ atMs, fault }: Planned): Promise<Performed> => {
    await sleep(Math.max(0, atMs - nowMs()));
    const before = busy.get(targetOf(fault));
    const performed = Promise.resolve(before).then(async (): Promise<Performed> => {
      const beganMs = nowMs();
      onLine(titleOf(fault));
      try {
        const lift = await inject(world, fault);
        await sleep(durationOf(fault));
        await lift();
        return { atMs, fault, beganMs, overMs: nowMs() };
      } catch (error) {
        const problem = `${titleOf(fault)} could not be done: ${error instanceof Error ? error.message : String(error)}`;
        return { atMs, fault, beganMs, overMs: nowMs(), problem };
      }
    });
    busy.set(targetOf(fault), performed);
    return performed;
  };
  return Promise.all(plan.map(one));
}
