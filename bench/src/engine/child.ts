import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Tasks } from './task.js';

type Options<Name extends keyof Tasks> = Parameters<Tasks[Name]>[0];
export type Result<Name extends keyof Tasks> = Awaited<ReturnType<Tasks[Name]>>;

/** No task takes longer, in ms; one that does is ended. */
const MOST_MS = 180_000;

/** Has a task done by a process of its own. The moment it has its result, it is ended as a crash would end it. */
export async function inChild<Name extends keyof Tasks>(name: Name, options: Options<Name>): Promise<Result<Name>> {
  const script = fileURLToPath(new URL('./task.js', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', script, name, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: MOST_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    for await (const line of createInterface({ input: child.stdout })) return withNaN(JSON.parse(line));
    throw new Error(`the measurement ${name} ended without a result: ${JSON.stringify(options)}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** JSON has no NaN, and says null instead. */
function withNaN<T>(result: T): T {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return result;
  return Object.fromEntries(Object.entries(result).map(([name, value]) => [name, value ?? Number.NaN])) as T;
}
