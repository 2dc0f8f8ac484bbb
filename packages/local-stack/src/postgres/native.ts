import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../machine/data-folder.js';
import { howToType } from '../machine/how-to-type.js';
import { inherited } from '../machine/inherited.js';
import { lastLines } from '../machine/log-file.js';
import { type Account, childrenOf, endProcess, isAlive, type ProcessRef, spawnDaemon } from '../machine/processes.js';
import { messageOf, StackError } from '../machine/stack-error.js';
import { waitFor } from '../machine/wait.js';
import type { NativeRecord, NativeServer, ProcessListener } from '../server.js';
import { postgresLogin } from '../settings.js';
import type { PostgresBinaries } from './binaries.js';
import { postgresUrl, probePostgres } from './probe.js';

const run = promisify(execFile);

/** For many services and tests on one machine; durable, as in production: fsync and synchronous commit stay on. */
const tuning: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '300',
  shared_buffers: '256MB',
  max_wal_size: '4GB',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  password_encryption: 'scram-sha-256',
};

export interface NativePostgresOptions {
  readonly folder: string;
  readonly ports: { readonly postgres: number };
  readonly binaries: PostgresBinaries;
  readonly account: Account | undefined;
  readonly listener: ProcessListener;
  readonly processes?: NativeRecord['processes'];
  /** On top of the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A Postgres of our own: the packaged binaries, a data folder, one port on the loopback interface. */
export class NativePostgres implements NativeServer {
  readonly url: string;
  readonly logFile: string;
  private process: ProcessRef | undefined;

  constructor(private readonly options: NativePostgresOptions) {
    this.url = postgresUrl(options.ports.postgres);
    this.logFile = join(options.folder, 'postgres.log');
    this.process = options.processes?.postgres;
  }

  get version(): string {
    return this.options.binaries.version;
  }

  record(): NativeRecord {
    return { ports: { ...this.options.ports }, processes: this.process ? { postgres: this.process } : {} };
  }

  isRunning(): boolean {
    return this.process !== undefined && isAlive(this.process);
  }

  async start(): Promise<void> {
    if (this.isRunning()) return;
    const { folder, account, binaries, listener } = this.options;
    makeFolder(folder, account);
    if (!existsSync(join(this.dataFolder, 'PG_VERSION'))) await this.initialise();
    this.refuseOtherMajor();
    const settings = { ...tuning, ...this.options.settings, port: String(this.options.ports.postgres) };
    const ref = spawnDaemon({
      command: binaries.postgres,
      args: ['-D', this.dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      env: this.environment(),
      cwd: folder,
      logFile: this.logFile,
      account,
    });
    this.process = ref;
    // SIGQUIT ends it at once, with its children; recovery at the next start is what a crash needs too.
    listener.started(ref, 'SIGQUIT');
    await this.untilServing(ref);
  }

  async stop(): Promise<void> {
    await this.end('SIGINT', 30_000); // "fast": disconnects everybody, writes a checkpoint
  }

  async kill(): Promise<void> {
    // Its children notice that their parent is gone, in their own time; until then nobody else gets the data folder.
    const children = this.process ? childrenOf(this.process) : [];
    await this.end('SIGKILL', 0);
    await Promise.all(children.map((child) => endProcess(child, 'SIGKILL', 0)));
  }

  private async end(how: NodeJS.Signals, patienceMs: number): Promise<void> {
    const ref = this.process;
    if (!ref) return;
    await endProcess(ref, how, patienceMs);
    this.process = undefined;
    this.options.listener.ended(ref);
  }

  get dataFolder(): string {
    return join(this.options.folder, 'data');
  }

  private environment(): NodeJS.ProcessEnv {
    return { ...inherited(), HOME: this.options.folder, LC_ALL: 'C', TZ: 'UTC' };
  }

  private async initialise(): Promise<void> {
    const { folder, account, binaries } = this.options;
    rmSync(this.dataFolder, { recursive: true, force: true }); // a half-made one of an interrupted start
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, `${postgresLogin.password}\n`);
    const args = ['-D', this.dataFolder, '-U', postgresLogin.user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    // The built-in locale is the same on every platform and needs nothing installed.
    args.push('--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8');
    try {
      const as = account && { uid: account.uid, gid: account.gid };
      await run(binaries.initdb, args, { ...as, cwd: folder, env: this.environment() });
    } catch (error) {
      rmSync(this.dataFolder, { recursive: true, force: true });
      const { stderr } = error as { stderr?: string };
      throw new StackError(
        `Postgres could not make its data folder ${this.dataFolder} (${(stderr || messageOf(error)).trim().split('\n')[0]}).`,
        'see that the disk has room and that this user may run programs there, or set STACK_DATA to another folder',
      );
    } finally {
      rmSync(passwordFile, { force: true });
    }
  }

  private refuseOtherMajor(): void {
    const found = readFileSync(join(this.dataFolder, 'PG_VERSION'), 'utf8').trim();
    if (this.version.split('.')[0] === found) return;
    throw new StackError(
      `The data in ${this.dataFolder} is of Postgres ${found}, and this is Postgres ${this.version}.`,
      `delete it with ${howToType('stack reset')} (the data is lost), or set STACK_DATA to another folder`,
    );
  }

  private async untilServing(ref: ProcessRef): Promise<void> {
    const serves = await waitFor(async () => !isAlive(ref) || (await probePostgres(this.url, 1_000)).ok, {
      timeoutMs: 60_000,
    });
    if (serves && isAlive(ref)) return;
    const why = isAlive(ref) ? 'it did not answer within 60 s' : lastLines(this.logFile, 1, /FATAL|ERROR|error/);
    await this.kill();
    throw new StackError(
      `Postgres did not start: ${why}.`,
      `read ${this.logFile}; ${howToType('stack reset')} begins anew`,
    );
  }
}
