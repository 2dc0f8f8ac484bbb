import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFaults } from './create-faults.js';

const points = ['stock:received:stock.take', 'stock:after-commit:stock.take', 'stock:after-commit:stock.give'];
const messages = ['command stock.take', 'reply stock.take'];
const faults = (FAULT_PLAN?: string, more: { FAULT_RECORD?: string; NODE_ENV?: string } = {}) =>
  createFaults({ service: 'stock', points, messages, env: { FAULT_PLAN, ...more } });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'faults-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a plan', () => {
  it('is not made where none is given', () => {
    expect(faults()).toBe(undefined);
  });

  it('is refused in production, whatever it says', () => {
    expect(() => faults('kill stock:received:stock.take', { NODE_ENV: 'production' })).toThrow(/in production/);
  });

  it('that names what does not exist is refused, with the names near it', () => {
    expect(() => faults('kill stock:after-comit:stock.take')).toThrow(
      /stock:after-comit:stock.take is not known here; near it: stock:after-commit:stock.take, /,
    );
    expect(() => faults('lose command stock.give')).toThrow(/near it: command stock.take/);
    // A boundary is no message, and a message no boundary.
    expect(() => faults('kill stock.take')).toThrow(/expected kill\|stop <point>/);
    expect(() => faults('explode; lose reply stock.take; kill stock:received')).toThrow(
      /explode: expected.*\n.*received is not/,
    );
  });

  it('does to messages what it says, each instruction once, at the nth time', () => {
    const plan = faults('lose command stock.take 2; delay:70 reply stock.take\nduplicate reply stock.take 3');
    expect([1, 2, 3].map(() => plan?.messageFault('command', 'stock.take'))).toEqual([
      undefined,
      { kind: 'lose' },
      undefined,
    ]);
    expect([1, 2, 3].map(() => plan?.messageFault('reply', 'stock.take'))).toEqual([
      { kind: 'delay', delayMs: 70 },
      undefined,
      { kind: 'duplicate' },
    ]);
    expect(plan?.messageFault('reply', 'stock.give')).toBe(undefined);
  });

  it('with a record is followed once by all processes that share it', () => {
    const [one, other] = [1, 2].map(() => faults('lose command stock.take', { FAULT_RECORD: folder }));
    expect(one?.messageFault('command', 'stock.take')).toEqual({ kind: 'lose' });
    expect(other?.messageFault('command', 'stock.take')).toBe(undefined);
    expect(JSON.parse(readFileSync(join(folder, 'done.lose_command_stock.take'), 'utf8'))).toMatchObject({
      instruction: 'lose command stock.take',
      service: 'stock',
      pid: process.pid,
    });
  });

  it('in a file is followed as the file changes, and says so', async () => {
    const file = join(folder, 'plan');
    writeFileSync(file, '');
    const plan = faults(`@${file}`, { FAULT_RECORD: folder });
    expect(plan?.messageFault('command', 'stock.take')).toBe(undefined);
    writeFileSync(file, 'lose command stock.take');
    const followed = () =>
      expect(readFileSync(join(folder, `plan.${process.pid}`), 'utf8')).toBe('lose command stock.take');
    await vi.waitFor(followed, { timeout: 5_000 });
    expect(plan?.messageFault('command', 'stock.take')).toEqual({ kind: 'lose' });
  });
});

const MAIN = fileURLToPath(new URL('./faulty-process.fixture.mjs', import.meta.url));

describe('a process with a plan', () => {
  const start = (plan: string): ChildProcess =>
    spawn(process.execPath, [MAIN], {
      env: { FAULT_PLAN: plan, FAULT_RECORD: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  const outputOf = async (child: ChildProcess) => {
    const chunks = (await child.stdout?.toArray()) ?? [];
    return chunks.join('');
  };

  it('ends at the boundary, not after it; started again, it passes', async () => {
    const plan = 'kill stock:after-commit:stock.take 2';
    const first = start(plan);
    const [[, signal], output] = await Promise.all([once(first, 'exit'), outputOf(first)]);
    expect(signal).toBe('SIGKILL');
    expect(output).toBe('passed 1\n');
    expect(readdirSync(folder)).toContain('done.kill_stock_after-commit_stock.take_2');
    const second = start(plan);
    expect(await outputOf(second)).toBe('passed 1\npassed 2\npassed 3\n');
  });

  it('stops at the boundary, and goes on when it is told to', async () => {
    const child = start('stop stock:after-commit:stock.take');
    const stopped = () => expect(existsSync(join(folder, 'done.stop_stock_after-commit_stock.take'))).toBe(true);
    await vi.waitFor(stopped, { timeout: 10_000 });
    const stateOf = () => execFileSync('ps', ['-o', 'stat=', '-p', String(child.pid)], { encoding: 'utf8' });
    await vi.waitFor(() => expect(stateOf()).toMatch(/^T/), { timeout: 5_000 });
    child.kill('SIGCONT');
    expect(await outputOf(child)).toBe('passed 1\npassed 2\npassed 3\n');
  });

  it('lists what there is, and ends', async () => {
    expect(await outputOf(start('list'))).toBe('stock:after-commit:stock.take\n');
  });
});
