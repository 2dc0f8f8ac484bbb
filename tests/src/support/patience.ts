import { availableParallelism, loadavg } from 'node:os';

/**
 * So many ms on a machine that has nothing else to do, and more on a busy one: two processes that wait for each core are what
 * a test brings itself; others' work makes everything take longer.
 */
export const patient = (quietMs: number): number =>
  quietMs * Math.max(1, (loadavg()[0] ?? 0) / (2 * availableParallelism()));
