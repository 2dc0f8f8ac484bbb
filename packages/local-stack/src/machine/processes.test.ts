import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { childrenOf, endProcess, isAlive, refOf, spawnDaemon } from './processes.js';
import { waitFor } from './wait.js';

const folder = mkdtempSync(join(tmpdir(), 'processes-'));
const logFile = join(folder, 'log');

const daemon = (code: string) =>
  spawnDaemon({
    command: process.execPath,
    args: ['-e', code],
    env: process.env,
    cwd: folder,
    logFile,
    account: undefined,
  });

describe('processes', () => {
  it('knows itself to be alive, and another one of the same id not', () => {
    const self = refOf(process.pid);
    expect(self && isAlive(self)).toBe(true);
    expect(isAlive({ pid: process.pid, beganAt: 'another time' })).toBe(false);
  });

  it('starts a daemon that writes to its log and ends when it is asked to', async () => {
    const ref = daemon('console.log("here"); setInterval(() => {}, 1000)');
    expect(isAlive(ref)).toBe(true);
    expect(await waitFor(() => readFileSync(logFile, 'utf8').includes('here'), { timeoutMs: 10_000 })).toBe(true);
    await endProcess(ref, 'SIGTERM', 5_000);
    expect(isAlive(ref)).toBe(false);
  });

  it('kills one that does not listen', async () => {
    const ref = daemon('process.on("SIGTERM", () => {}); console.log("deaf"); setInterval(() => {}, 1000)');
    await waitFor(() => readFileSync(logFile, 'utf8').includes('deaf'), { timeoutMs: 10_000 });
    await endProcess(ref, 'SIGTERM', 100);
    expect(isAlive(ref)).toBe(false);
  });

  it('finds the children of a process', async () => {
    const ref = daemon('require("child_process").spawn("sleep", ["60"]); setInterval(() => {}, 1000)');
    const children = await waitFor(() => (childrenOf(ref).length > 0 ? childrenOf(ref) : undefined), {
      timeoutMs: 10_000,
    });
    expect(children).toHaveLength(1);
    await endProcess(ref, 'SIGKILL', 1_000);
    for (const child of children ?? []) await endProcess(child, 'SIGKILL', 1_000);
  });

  it('says so when a command cannot be started', () => {
    const start = () =>
      spawnDaemon({ command: '/no/such/command', args: [], env: {}, cwd: folder, logFile, account: undefined });
    expect(start).toThrow('could not be started');
  });
});
