import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProcessRef } from './processes.js';

interface GuardedProcess {
  readonly ref: ProcessRef;
  readonly signal: NodeJS.Signals;
  readonly patienceMs: number;
}

/** What must end, and which folders must go, when we are gone. */
export interface Guarded {
  readonly processes: readonly GuardedProcess[];
  readonly folders: readonly string[];
}

/** Sees to it that what this process has started ends with it, even when it is killed with SIGKILL. */
class Guard {
  private child: ChildProcess | undefined;
  private readonly processes = new Map<number, GuardedProcess>();
  private readonly folders = new Set<string>();

  /** Holds a process until `release`, and ends it with `signal`, then SIGKILL, should we be gone before. */
  hold(ref: ProcessRef, signal: NodeJS.Signals = 'SIGKILL', patienceMs = 5_000): void {
    this.processes.set(ref.pid, { ref, signal, patienceMs });
    this.tell();
  }

  release(ref: ProcessRef): void {
    if (this.processes.delete(ref.pid)) this.tell();
  }

  /** Removes a folder with everything in it, should we be gone before `keepFolder`. */
  holdFolder(path: string): void {
    this.folders.add(path);
    this.tell();
  }

  releaseFolder(path: string): void {
    if (this.folders.delete(path)) this.tell();
  }

  private tell(): void {
    this.child ??= startGuard();
    const all: Guarded = { processes: [...this.processes.values()], folders: [...this.folders] };
    this.child.stdin?.write(`${JSON.stringify(all)}\n`);
  }
}

function startGuard(): ChildProcess {
  // From sources (tests) as from dist: the guard itself always runs compiled.
  const main = fileURLToPath(new URL('../../dist/machine/guard-main.js', import.meta.url));
  const child = spawn(process.execPath, [main], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  // Should the guard be killed, writing to it fails: what we started then ends the ordinary way only.
  child.stdin?.on('error', () => {});
  child.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child;
}

/** The one guard of this process. */
export const guard = new Guard();
