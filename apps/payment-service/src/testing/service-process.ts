import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { CommandClient } from '@saga-checkout/messaging';
import type { Command, PayloadOf, ReplyItem } from '@saga-checkout/shared-types';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The built service as a process of its own, on a free port. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  #output = '';

  /** `environment` is all that the service sees, besides PATH. */
  constructor(environment: Record<string, string>) {
    const env = { PATH: process.env.PATH, PORT: '0', ...environment };
    this.#child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => {
        this.#output += chunk;
      });
  }

  /** All that it has written so far. */
  get output(): string {
    return this.#output;
  }

  /** Its base URL, once it says that it listens. */
  async url(): Promise<string> {
    await until('the service is up', async () => {
      if (this.#child.exitCode !== null) throw new Error(`the service has ended:\n${this.#output}`);
      return /"port":\d+/.test(this.#output);
    });
    return `http://127.0.0.1:${/"port":(\d+)/.exec(this.#output)?.[1]}`;
  }

  /** Sends the signal, if it still runs, and answers with the exit code. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(signal);
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}

/** Sends commands as the orchestrator does, and hears the answers. */
export class TestSender {
  readonly #client: CommandClient;
  readonly #waiting = new Map<string, (reply: ReplyItem) => void>();
  #count = 0;

  constructor(url: string, queue: string) {
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    this.#client = new CommandClient({ url, queues: [queue], log: quiet, connectionName: 'test' });
    this.#client.onReply((reply) => this.#waiting.get(reply.id)?.(reply));
  }

  async start(): Promise<void> {
    await this.#client.start();
    await until('the sender is connected', async () => this.#client.isConnected());
  }

  /** The answers to commands of one kind, which travel together. */
  ask<C extends Command>(command: C, payloads: readonly PayloadOf<C>[]): Promise<ReplyItem[]> {
    const run = ++this.#count;
    const items = payloads.map((payload, index) => {
      const sagaId = `saga-${run}-${index}`;
      return { id: `${sagaId}:test:do:1`, sagaId, step: 'test', attempt: 1, payload };
    });
    const replies = items.map(({ id }) => new Promise<ReplyItem>((resolve) => this.#waiting.set(id, resolve)));
    this.#client.send(items.map((item) => ({ name: command.name, queue: command.queue, item })));
    return Promise.all(replies);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** Waits for a condition, for at most ten seconds. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
