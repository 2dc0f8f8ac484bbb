import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from './machine/guard.js';
import { readJson, writeJson } from './machine/json-file.js';
import { isAlive, type ProcessRef, refOf, signal } from './machine/processes.js';
import type { StackState } from './place.js';

/** Marks a throwaway instance as this process's, and sees to it that it goes when we do. */
export function claim(folder: string): void {
  writeJson(join(folder, 'owner.json'), refOf(process.pid));
  guard.holdFolder(folder);
}

/**
 * Removes what instances of earlier runs have left behind. The guard does this at once; but a machine may lose its
 * power, or somebody may kill the guard as well.
 */
export function sweep(dataFolder: string): void {
  const names = readdirSync(dataFolder).filter((name) => /^(test|bench)-\d+-\d+$/.test(name));
  for (const folder of names.map((name) => join(dataFolder, name))) {
    const owner = readJson<ProcessRef>(join(folder, 'owner.json'));
    // Without an owner's name it is being made this very moment.
    if (!owner || isAlive(owner)) continue;
    endProcesses(readJson<StackState>(join(folder, 'stack.json')) ?? {});
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function endProcesses(state: StackState): void {
  for (const record of [state.rabbitmq, state.postgres]) {
    if (record?.origin !== 'native') continue;
    for (const ref of Object.values(record.native.processes)) signal(ref, 'SIGKILL');
  }
}

/** Removes a throwaway instance's folder now, and tells the guard that it need not. */
export function discard(folder: string): void {
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  guard.releaseFolder(folder);
}
