import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from '../machine/guard.js';
import { howToType } from '../machine/how-to-type.js';
import { lastLines } from '../machine/log-file.js';
import { endProcess, isAlive, type ProcessRef, refOf, signal } from '../machine/processes.js';
import { StackError } from '../machine/stack-error.js';
import { waitFor } from '../machine/wait.js';
import { projectRoot } from '../project.js';
import type { ServiceName } from './definitions.js';

export interface ServiceProcessOptions {
  /** The service's name, or `<name>-2`, `<name>-3` for its replicas. */
  readonly name: string;
  readonly service: ServiceName;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Whether a `.env` beside the service counts; tests want to know what they run. */
  readonly readDotEnv: boolean;
  /** How long it may drain after SIGTERM before it is killed. */
  readonly patienceMs: number;
}

export type Ended = (how: string) => void;

/** The exit code of a process, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One running service: `node dist/main.js` as a process of its own, its output in a file. */
export class ServiceProcess {
  readonly url: string;
  /** How often it was started again after it had ended without being asked to. */
  restarts = 0;
  /** How the process that was started last ends, or has ended. */
  ended: Promise<Ending> = Promise.resolve({ code: null, signal: null });
  private ref: ProcessRef | undefined;
  private stopping = false;
  private spawned = false;

  constructor(
    private readonly options: ServiceProcessOptions,
    private readonly onEnded: Ended = () => {},
  ) {
    this.url = `http://127.0.0.1:${options.port}`;
  }

  get name(): string {
    return this.options.name;
  }

  get service(): ServiceName {
    return this.options.service;
  }

  get pid(): number | undefined {
    return this.ref?.pid;
  }

  get logFile(): string {
    return this.options.logFile;
  }

  get alive(): boolean {
    return this.ref !== undefined && isAlive(this.ref);
  }

  /** Starts the process, and does not wait for it. Does nothing when it runs. */
  spawn(): void {
    if (this.alive) return;
    const folder = join(projectRoot, 'apps', this.service);
    if (!existsSync(join(folder, 'dist', 'main.js'))) {
      throw new StackError(`${this.service} is not built.`, `type: ${howToType('build')}`);
    }
    this.stopping = false;
    const dotEnv = this.options.readDotEnv && existsSync(join(folder, '.env'));
    const args = [...(dotEnv ? ['--env-file=.env'] : []), 'dist/main.js'];
    // A log begins anew with the first start, and goes on at the later ones.
    const log = openSync(this.options.logFile, this.spawned ? 'a' : 'w');
    this.spawned = true;
    // In a session of its own: Ctrl-C in the terminal reaches us alone, and we end it in order.
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: this.options.environment,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.watch(child);
  }

  private watch(child: ChildProcess): void {
    child.on('error', () => {}); // no process then: readiness says so
    const ref = child.pid === undefined ? undefined : refOf(child.pid);
    this.ref = ref;
    if (!ref) return;
    guard.hold(ref, 'SIGTERM', 3_000);
    child.unref();
    this.ended = new Promise((resolve) => {
      child.once('exit', (code, by) => {
        guard.release(ref);
        resolve({ code, signal: by });
        if (!this.stopping && this.ref === ref) this.onEnded(by ?? `exit code ${code}`);
      });
    });
  }

  /** Sends a signal as somebody from outside would. When it ends a process, returns once that is gone. */
  async kill(name: NodeJS.Signals): Promise<void> {
    const ref = this.ref;
    if (!ref) return;
    signal(ref, name);
    if (name === 'SIGSTOP' || name === 'SIGCONT') return;
    await waitFor(() => !isAlive(ref), { timeoutMs: this.options.patienceMs, everyMs: 10 });
  }

  /** Ends it on purpose: SIGTERM, time to drain, SIGKILL. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (!this.ref) return;
    signal(this.ref, 'SIGCONT'); // a stopped process would not hear us
    await endProcess(this.ref, 'SIGTERM', this.options.patienceMs);
  }

  /** Returns once it says that it is ready; throws when it ends before, or is not ready in time. */
  async ready(timeoutMs: number): Promise<void> {
    const isReady = async () => !this.alive || (await answersReady(this.url));
    const settled = await waitFor(isReady, { timeoutMs, everyMs: 50 });
    if (settled && this.alive) return;
    const what = this.alive ? `was not ready within ${timeoutMs / 1000} s` : 'ended while it was starting';
    throw new StackError(
      `${this.name} ${what}: ${lastLines(this.logFile, 2).slice(0, 600)}`,
      `read its log, ${this.logFile}`,
    );
  }
}

async function answersReady(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false; // not listening yet
  }
}
