import { expect, it } from 'vitest';
import { problemsOf } from '../../faults/src/rolling/report.js';
import { runRolling } from '../../faults/src/rolling/run-rolling.js';
import { sharedServers } from './support/shared-shop.js';

/** One of each process; `pnpm faults:rolling` does it two hundred times. */
const RESTARTS = 10;

it('two of each service are restarted one after the other under load, and not one request fails', async () => {
  const result = await runRolling({ stack: sharedServers(), restarts: RESTARTS, rate: 20, seed: 7 });
  const longest = Math.max(...result.restarts.map(({ drainMs }) => drainMs));
  console.log(
    `${RESTARTS} restarts in ${(result.lastedMs / 1_000).toFixed(1)} s, answers ${JSON.stringify(result.statuses)}, ` +
      `the longest drain took ${longest.toFixed(0)} ms`,
  );
  expect(problemsOf(result)).toEqual([]);
  expect(new Set(result.restarts.map(({ name }) => name)).size).toBe(RESTARTS);
  for (const status of [200, 201, 202, 402, 409]) expect(result.statuses[status]).toBeGreaterThan(0);
}, 300_000);
