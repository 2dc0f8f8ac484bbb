import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from '../machine/data-folder.js';
import { howToType } from '../machine/how-to-type.js';
import { inherited } from '../machine/inherited.js';
import { lastLines } from '../machine/log-file.js';
import { type Account, endProcess, isAlive, type ProcessRef, spawnDaemon } from '../machine/processes.js';
import { StackError } from '../machine/stack-error.js';
import { waitFor } from '../machine/wait.js';
import type { NativeRecord, NativeServer, ProcessListener } from '../server.js';
import type { RabbitmqBinaries } from './binaries.js';
import { configurationFiles, nodeEnvironment } from './configuration.js';
import { brokerUrl, managementUrl, probeBroker, probeManagement } from './probe.js';

/** The broker's own ports; `epmd` and `distribution` are Erlang's, for the node to know itself by. */
export interface RabbitmqPorts {
  readonly amqp: number;
  readonly management: number;
  readonly distribution: number;
  readonly epmd: number;
}

export interface NativeRabbitmqOptions {
  readonly folder: string;
  readonly ports: RabbitmqPorts;
  readonly binaries: RabbitmqBinaries;
  readonly account: Account | undefined;
  readonly listener: ProcessListener;
  readonly processes?: NativeRecord['processes'];
  /** How long a polite stop may take before the node is killed. RabbitMQ 3.10 takes about six seconds. */
  readonly stopPatienceMs?: number;
}

/** A RabbitMQ of our own: its own node name, folders, ports and epmd, all on the loopback interface. */
export class NativeRabbitmq implements NativeServer {
  readonly url: string;
  readonly managementUrl: string;
  readonly logFile: string;
  private node: ProcessRef | undefined;
  private epmd: ProcessRef | undefined;

  constructor(private readonly options: NativeRabbitmqOptions) {
    this.url = brokerUrl(options.ports.amqp);
    this.managementUrl = managementUrl(options.ports.management);
    this.logFile = join(options.folder, 'rabbitmq.log');
    this.node = options.processes?.node;
    this.epmd = options.processes?.epmd;
  }

  get version(): string {
    return this.options.binaries.version;
  }

  record(): NativeRecord {
    const processes = { ...(this.node && { node: this.node }), ...(this.epmd && { epmd: this.epmd }) };
    return { ports: { ...this.options.ports }, processes };
  }

  isRunning(): boolean {
    return this.node !== undefined && isAlive(this.node);
  }

  async start(): Promise<void> {
    if (this.isRunning()) return;
    const { folder, ports, binaries, account, listener } = this.options;
    makeFolder(folder, account);
    for (const [name, text] of Object.entries(configurationFiles(ports))) writeFileSync(join(folder, name), text);
    for (const name of ['mnesia', 'log']) makeFolder(join(folder, name), account);
    const shared = { cwd: folder, env: { ...inherited(), ...nodeEnvironment(folder, ports) }, account };
    if (!this.epmd || !isAlive(this.epmd)) {
      const args = ['-port', String(ports.epmd), '-address', '127.0.0.1'];
      this.epmd = spawnDaemon({ ...shared, command: binaries.epmd, args, logFile: join(folder, 'epmd.log') });
      listener.started(this.epmd, 'SIGKILL');
    }
    this.node = spawnDaemon({ ...shared, command: binaries.server, args: [], logFile: this.logFile });
    listener.started(this.node, 'SIGKILL');
    await this.untilServing(this.node);
  }

  async stop(): Promise<void> {
    await this.endNode('SIGTERM', this.options.stopPatienceMs ?? 20_000);
    await this.endEpmd();
  }

  async kill(): Promise<void> {
    await this.endNode('SIGKILL', 0);
    await this.endEpmd(); // it would go on telling others about a node that is no more
  }

  /** Runs `rabbitmqctl` for this node, and gives what that printed. */
  async control(args: readonly string[]): Promise<string> {
    const { folder, ports, binaries, account } = this.options;
    const { stdout } = await promisify(execFile)(join(dirname(binaries.server), 'rabbitmqctl'), args, {
      cwd: folder,
      env: { ...inherited(), ...nodeEnvironment(folder, ports) },
      timeout: 60_000,
      ...(account && { uid: account.uid, gid: account.gid }),
    });
    return stdout;
  }

  private async endNode(how: NodeJS.Signals, patienceMs: number): Promise<void> {
    const ref = this.node;
    if (!ref) return;
    await endProcess(ref, how, patienceMs);
    this.node = undefined;
    this.options.listener.ended(ref);
  }

  private async endEpmd(): Promise<void> {
    const ref = this.epmd;
    if (!ref) return;
    await endProcess(ref, 'SIGTERM', 1_000);
    this.epmd = undefined;
    this.options.listener.ended(ref);
  }

  private async untilServing(ref: ProcessRef): Promise<void> {
    const serving = async () => (await probeManagement(this.managementUrl)) && (await probeBroker(this.url)).ok;
    const serves = await waitFor(async () => !isAlive(ref) || (await serving()), { timeoutMs: 120_000, everyMs: 100 });
    if (serves && isAlive(ref)) return;
    const why = isAlive(ref) ? 'it did not answer within 120 s' : lastLines(this.logFile, 1, /rror|failed|terminated/);
    await this.kill();
    throw new StackError(
      `RabbitMQ did not start: ${why.slice(0, 300)}.`,
      `read ${this.logFile} and the log folder beside it; ${howToType('stack reset')} begins anew`,
    );
  }
}
