import { StackError } from '../machine/stack-error.js';
import type { ServiceName } from './definitions.js';
import type { ServiceProcess } from './service-process.js';
import type { Supervisor } from './supervisor.js';

/** The services that were started together. Names are those of services, or `<service>-2` for replicas. */
export class Services {
  constructor(
    private readonly processes: readonly ServiceProcess[],
    private readonly supervisor: Supervisor | undefined,
    private readonly readyTimeoutMs: number,
  ) {}

  list(): readonly ServiceProcess[] {
    return this.processes;
  }

  get(name: string): ServiceProcess {
    const found = this.processes.find((process) => process.name === name);
    if (found) return found;
    throw new StackError(`There is no service ${name}.`, `take one of ${this.processes.map((p) => p.name).join(', ')}`);
  }

  url(name: ServiceName | (string & {})): string {
    return this.get(name).url;
  }

  get gatewayUrl(): string {
    return this.url('api-gateway');
  }

  /** Ends a service as somebody from outside would; returns when it is gone (SIGSTOP and SIGCONT: at once). */
  async kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.get(name).kill(signal);
  }

  /** Ends a service in order; it is not started again. */
  async end(name: string): Promise<void> {
    await this.get(name).stop();
  }

  /** Starts a service that has ended, and returns when it is ready. */
  async start(name: string): Promise<void> {
    const process = this.get(name);
    process.spawn();
    await process.ready(this.readyTimeoutMs);
  }

  /** Ends a service in order and starts it again. */
  async restart(name: string): Promise<void> {
    await this.end(name);
    await this.start(name);
  }

  /** Returns when all (or those named) are ready. */
  async ready(names: readonly string[] = this.processes.map(({ name }) => name)): Promise<void> {
    await Promise.all(names.map((name) => this.get(name).ready(this.readyTimeoutMs)));
  }

  async startAll(): Promise<void> {
    for (const process of this.processes) process.spawn();
    await this.ready();
    this.supervisor?.begin(this.processes);
  }

  /** Ends all, in order. */
  async stop(): Promise<void> {
    this.supervisor?.end();
    await Promise.all(this.processes.map((process) => process.stop()));
  }
}
