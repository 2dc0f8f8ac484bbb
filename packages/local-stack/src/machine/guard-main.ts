/**
 * A small process beside ours. It hears on its standard input what we have started, and when that input ends without
 * "forget", because we crashed or were killed, it ends all of it. So nothing is orphaned, whatever happened to us.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Guarded } from './guard.js';
import { endProcess } from './processes.js';

let latest: Guarded = { processes: [], folders: [] };

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => {});

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  latest = JSON.parse(line) as Guarded;
});
lines.on('close', async () => {
  await Promise.all(latest.processes.map(({ ref, signal, patienceMs }) => endProcess(ref, signal, patienceMs)));
  for (const folder of latest.folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
