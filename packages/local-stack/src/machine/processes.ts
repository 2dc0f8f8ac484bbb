import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './wait.js';

/** A process we can find again later: its id, and when it began, so that a reused id is not taken for it. */
export interface ProcessRef {
  readonly pid: number;
  readonly beganAt: string;
}

/** The unprivileged user a daemon runs as; undefined means ourselves. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly logFile: string;
  readonly account: Account | undefined;
}

/** What the kernel says about a process: state letter, start time, parent. */
interface Inspected {
  readonly state: string;
  readonly beganAt: string;
  readonly parent: number;
}

function inspect(pid: number): Inspected | undefined {
  if (process.platform === 'linux') return inspectProc(pid);
  try {
    const line = execFileSync('ps', ['-o', 'state=,ppid=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const [state = '', parent, ...began] = line.split(/\s+/);
    return line === '' ? undefined : { state: state.charAt(0), parent: Number(parent), beganAt: began.join(' ') };
  } catch {
    return undefined; // ps exits 1 when there is no such process
  }
}

function inspectProc(pid: number): Inspected | undefined {
  try {
    // The command name, in parentheses, may hold spaces and parentheses: count the fields from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0] ?? '', parent: Number(fields[1]), beganAt: fields[19] ?? '' };
  } catch {
    return undefined; // gone
  }
}

export function refOf(pid: number): ProcessRef | undefined {
  const found = inspect(pid);
  return found && { pid, beganAt: found.beganAt };
}

/** Whether this very process still runs; one that has ended and waits for its parent to notice does not. */
export function isAlive(ref: ProcessRef): boolean {
  const found = inspect(ref.pid);
  return found !== undefined && found.beganAt === ref.beganAt && found.state !== 'Z' && found.state !== 'X';
}

/** The processes that this one has started and that still run. */
export function childrenOf(ref: ProcessRef): ProcessRef[] {
  return everyPid().flatMap((pid) => {
    const found = inspect(pid);
    return found?.parent === ref.pid ? [{ pid, beganAt: found.beganAt }] : [];
  });
}

function everyPid(): number[] {
  const names =
    process.platform === 'linux'
      ? readdirSync('/proc')
      : execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8' }).split(/\s+/);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** Starts a process of its own session that outlives us, its output appended to a file. */
export function spawnDaemon(options: DaemonOptions): ProcessRef {
  const log = openSync(options.logFile, 'a');
  try {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...(options.account && { uid: options.account.uid, gid: options.account.gid }),
    });
    child.on('error', () => {}); // a command that cannot be started has no pid, which is said below
    child.unref();
    const ref = child.pid === undefined ? undefined : refOf(child.pid);
    if (!ref) throw new Error(`${options.command} could not be started`);
    return ref;
  } finally {
    closeSync(log);
  }
}

/** Sends a signal; quietly does nothing when the process has ended. */
export function signal(ref: ProcessRef, name: NodeJS.Signals): void {
  if (!isAlive(ref)) return;
  try {
    process.kill(ref.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends a process: the polite signal, and SIGKILL once `patienceMs` have passed. Returns when it is gone. */
export async function endProcess(ref: ProcessRef, polite: NodeJS.Signals, patienceMs: number): Promise<void> {
  signal(ref, polite);
  const gone = await waitFor(() => !isAlive(ref), { timeoutMs: patienceMs, everyMs: 20 });
  if (gone) return;
  signal(ref, 'SIGKILL');
  await waitFor(() => !isAlive(ref), { timeoutMs: 10_000, everyMs: 20 });
}
