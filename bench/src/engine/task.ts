import { measureLoad } from './measure-load.js';
import { measureQueries, measureSweeps } from './measure-queries.js';
import { abandon, recover } from './measure-recovery.js';
import { measureTransitions } from './measure-transitions.js';
import { seed } from './seed.js';

/** What a process of the bench can be told to do. */
const tasks = {
  load: measureLoad,
  transitions: async (options: Parameters<typeof measureTransitions>[0]) => measureTransitions(options),
  queries: measureQueries,
  sweeps: measureSweeps,
  recover,
  seed,
  /** Goes on for ever, as a process does that is about to crash. */
  abandon,
};

export type Tasks = typeof tasks;

// A process of its own for each measurement, so that none pays for the garbage of another: node task.js NAME OPTIONS
const [name = '', options = '{}'] = process.argv.slice(2);
const task = tasks[name as keyof Tasks] as (options: unknown) => Promise<unknown>;
console.log(JSON.stringify((await task(JSON.parse(options))) ?? null));
