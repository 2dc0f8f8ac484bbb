import { closeSync, openSync, writeSync } from 'node:fs';
import { readJson, removeFile } from './json-file.js';
import { isAlive, type ProcessRef, refOf } from './processes.js';
import { StackError } from './stack-error.js';
import { waitFor } from './wait.js';

/** Runs `work` while no other process does the same: two `stack up` at once bring up one stack, not two halves. */
export async function withLock<T>(path: string, work: () => Promise<T>, timeoutMs = 300_000): Promise<T> {
  const taken = await waitFor(() => tryLock(path), { timeoutMs, everyMs: 200 });
  if (!taken) {
    throw new StackError(
      `Another process (${readJson<ProcessRef>(path)?.pid ?? 'unknown'}) has been changing the local stack for minutes.`,
      `wait for it or end it; when there is none, remove ${path}`,
    );
  }
  try {
    return await work();
  } finally {
    removeFile(path);
  }
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, JSON.stringify(refOf(process.pid)));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const holder = readJson<ProcessRef>(path);
    if (holder && !isAlive(holder)) removeFile(path); // it crashed: the next try gets the lock
    return false;
  }
}
