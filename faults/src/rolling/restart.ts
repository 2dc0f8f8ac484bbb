import type { ServiceProcess } from '@saga-checkout/local-stack';

/** One process, ended and started again. Times in ms. */
export interface Restart {
  readonly name: string;
  /** From SIGTERM to the end of the process. */
  readonly drainMs: number;
  /** From its new start to readiness. */
  readonly startMs: number;
  /** What should not have been: it did not end by itself with 0 in time. */
  readonly problem: string | undefined;
}

/** By then a process must be gone after SIGTERM, in ms. */
export const DRAIN_LIMIT_MS = 10_000;
const START_LIMIT_MS = 60_000;

/** Ends a process by SIGTERM, and starts it again; resolves when it is ready. @throws if it does not become ready */
export async function restart(process: ServiceProcess): Promise<Restart> {
  const begun = performance.now();
  const { ended } = process;
  await process.kill('SIGTERM');
  if (process.alive) await process.kill('SIGKILL');
  const { code, signal } = await ended;
  const drainMs = performance.now() - begun;
  process.spawn();
  const spawned = performance.now();
  await process.ready(START_LIMIT_MS);
  const isFine = code === 0 && drainMs <= DRAIN_LIMIT_MS;
  const problem = isFine
    ? undefined
    : `${process.name} ended by ${signal ?? `code ${code}`} after ${Math.round(drainMs)} ms`;
  return { name: process.name, drainMs, startMs: performance.now() - spawned, problem };
}
