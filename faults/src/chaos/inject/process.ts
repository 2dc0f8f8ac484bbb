import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceProcess } from '@saga-checkout/local-stack';
import type { World } from '../world.js';
import { type Injector, nothingToLift } from './injector.js';

/** Of a consumer that is slow: how long it is stopped, and then goes on, in ms. */
const [STOPPED_MS, GOING_MS] = [180, 40];

/** `kill` and `terminate`: whoever runs it starts it again. */
export const end =
  (signal: 'SIGKILL' | 'SIGTERM'): Injector<'kill' | 'terminate'> =>
  async (world, { process: name }) => {
    const target = processOf(world, name);
    // It may still be on its way up from an earlier end; to a process that is not there nothing can be done.
    if (!target.alive) return nothingToLift;
    world.ended.set(name, (world.ended.get(name) ?? 0) + 1);
    const done = target.kill(signal);
    void world.doors.away(name, done);
    await done;
    return nothingToLift;
  };

export const pause: Injector<'pause'> = async (world, { process: name }) => {
  const target = processOf(world, name);
  let goesOn = () => {};
  void world.doors.away(name, new Promise<void>((resolve) => (goesOn = resolve)));
  await target.kill('SIGSTOP');
  return async () => {
    await target.kill('SIGCONT');
    goesOn();
  };
};

export const slowConsumer: Injector<'slow consumer'> = async (world, { process: name }) => {
  const target = processOf(world, name);
  const lifted = new AbortController();
  const stutter = async () => {
    while (!lifted.signal.aborted) {
      await target.kill('SIGSTOP');
      await sleep(STOPPED_MS);
      await target.kill('SIGCONT');
      await sleep(GOING_MS);
    }
  };
  const stuttering = stutter();
  return async () => {
    lifted.abort();
    await stuttering;
  };
};

function processOf(world: World, name: string): ServiceProcess {
  const found = world.processes.get(name);
  if (found) return found;
  throw new Error(`there is no process ${name}; there are ${[...world.processes.keys()].join(', ')}`);
}
