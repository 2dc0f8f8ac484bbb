import { execFile } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
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
import { alone, configurationFiles, type NodeIdentity, nodeEnvironment } from './configuration.js';
import { Epmd } from './epmd.js';
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
  /** As a node of a cluster: who it is, and the register that all nodes share and that outlives each of them. */
  readonly member?: { readonly identity: NodeIdentity; readonly epmd: Epmd };
  /** How long a polite stop may take before the node is killed. RabbitMQ 3.10 takes about six seconds. */
  readonly stopPatienceMs?: number;
}

/** A RabbitMQ of our own: its own node name, folders, ports and epmd, all on the loopback interface. */
export class NativeRabbitmq implements NativeServer {
  readonly url: string;
  readonly managementUrl: string;
  readonly logFile: string;
  private node: ProcessRef | undefined;
  private readonly epmd: Epmd;
  private readonly identity: NodeIdentity;

  constructor(private readonly options: NativeRabbitmqOptions) {
    this.url = brokerUrl(options.ports.amqp);
    this.managementUrl = managementUrl(options.ports.management);
    this.logFile = join(options.folder, 'rabbitmq.log');
    this.node = options.processes?.node;
    const { folder, ports, binaries, account, listener, processes, member } = options;
    const own = { binary: binaries.epmd, port: ports.epmd, folder, account, listener, process: processes?.epmd };
    this.epmd = member?.epmd ?? new Epmd(own);
    this.identity = member?.identity ?? alone;
  }

  get version(): string {
    return this.options.binaries.version;
  }

  record(): NativeRecord {
    const processes = { ...(this.node && { node: this.node }), ...(this.epmd.process && { epmd: this.epmd.process }) };
    return { ports: { ...this.options.ports }, processes };
  }

  isRunning(): boolean {
    return this.node !== undefined && isAlive(this.node);
  }

  async start(): Promise<void> {
    if (this.isRunning()) return;
    const { folder, ports, binaries, account, listener } = this.options;
    makeFolder(folder, account);
    const files = configurationFiles(ports, this.identity);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    if (this.identity.cookie !== undefined) this.writeCookie(this.identity.cookie);
    for (const name of ['mnesia', 'log']) makeFolder(join(folder, name), account);
    this.epmd.start();
    const env = this.environment();
    this.node = spawnDaemon({ command: binaries.server, args: [], cwd: folder, env, logFile: this.logFile, account });
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

  /** Runs `rabbitmqctl`, or another of RabbitMQ's tools, for this node, and gives what that printed. */
  async control(args: readonly string[], tool = 'rabbitmqctl'): Promise<string> {
    const { folder, binaries, account } = this.options;
    const { stdout } = await promisify(execFile)(join(dirname(binaries.server), tool), args, {
      cwd: folder,
      env: this.environment(),
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

  /** One that is shared outlives this node. */
  private async endEpmd(): Promise<void> {
    if (!this.options.member) await this.epmd.stop();
  }

  private environment(): NodeJS.ProcessEnv {
    const { folder, ports } = this.options;
    return { ...inherited(), ...nodeEnvironment(folder, ports, this.identity) };
  }

  /** The secret by which Erlang's nodes let each other in; Erlang refuses one that others may read. */
  private writeCookie(cookie: string): void {
    const { folder, account } = this.options;
    const file = join(folder, '.erlang.cookie');
    writeFileSync(file, cookie, { mode: 0o600 });
    if (account) chownSync(file, account.uid, account.gid);
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
