import { join } from 'node:path';
import { inherited } from '../machine/inherited.js';
import { type Account, endProcess, isAlive, type ProcessRef, spawnDaemon } from '../machine/processes.js';
import type { ProcessListener } from '../server.js';

export interface EpmdOptions {
  readonly binary: string;
  readonly port: number;
  readonly folder: string;
  readonly account: Account | undefined;
  readonly listener: ProcessListener;
  readonly process?: ProcessRef | undefined;
}

/** Erlang's register of nodes: where the nodes of one cluster, and nobody else, find each other by name. */
export class Epmd {
  process: ProcessRef | undefined;

  constructor(private readonly options: EpmdOptions) {
    this.process = options.process;
  }

  start(): void {
    if (this.process && isAlive(this.process)) return;
    const { binary, port, folder, account, listener } = this.options;
    this.process = spawnDaemon({
      command: binary,
      args: ['-port', String(port), '-address', '127.0.0.1'],
      cwd: folder,
      env: { ...inherited(), HOME: folder },
      logFile: join(folder, 'epmd.log'),
      account,
    });
    listener.started(this.process, 'SIGKILL');
  }

  async stop(): Promise<void> {
    const ref = this.process;
    if (!ref) return;
    await endProcess(ref, 'SIGTERM', 1_000);
    this.process = undefined;
    this.options.listener.ended(ref);
  }
}
