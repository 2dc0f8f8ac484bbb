import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isAlive, type ProcessRef } from './processes.js';
import { waitFor } from './wait.js';

const dist = join(import.meta.dirname, '..', '..', 'dist', 'machine');

/** A process that starts a daemon, holds it and a folder, and says so; then it does `last`. */
const holder = (folder: string, last: string) => `
  const { guard } = await import('${pathToFileURL(join(dist, 'guard.js'))}');
  const { spawnDaemon } = await import('${pathToFileURL(join(dist, 'processes.js'))}');
  const ref = spawnDaemon({ command: 'sleep', args: ['60'], env: process.env, cwd: '/', logFile: '/dev/null' });
  guard.holdFolder(${JSON.stringify(folder)});
  guard.hold(ref);
  console.log(JSON.stringify(ref));
  ${last}
`;

async function runHolder(last: string): Promise<{ ref: ProcessRef; folder: string; kill: () => void }> {
  const folder = join(mkdtempSync(join(tmpdir(), 'guard-')), 'held');
  mkdirSync(folder);
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder(folder, last)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    return { ref: JSON.parse(line) as ProcessRef, folder, kill: () => child.kill('SIGKILL') };
  }
  throw new Error('the holder said nothing');
}

describe('guard', () => {
  it('ends what a process that was killed has started, and removes its folders', async () => {
    const { ref, folder, kill } = await runHolder('setInterval(() => {}, 1000)');
    expect(isAlive(ref)).toBe(true);
    kill();
    expect(await waitFor(() => !isAlive(ref) && !existsSync(folder), { timeoutMs: 10_000 })).toBe(true);
  });

  it('does so as well when the process ends by itself', async () => {
    const { ref, folder } = await runHolder('');
    expect(await waitFor(() => !isAlive(ref) && !existsSync(folder), { timeoutMs: 10_000 })).toBe(true);
  });

  it('leaves alone what was released', async () => {
    const { ref, folder } = await runHolder(`guard.release(ref); guard.releaseFolder(${'"x"'});`);
    await waitFor(() => !existsSync(folder), { timeoutMs: 10_000 });
    expect(isAlive(ref)).toBe(true);
    process.kill(ref.pid, 'SIGKILL');
  });
});
