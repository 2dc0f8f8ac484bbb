import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Condition, Link, Request, Response } from './link.js';

type Question = Request extends infer R ? (R extends Request ? Omit<R, 'number'> : never) : never;

interface Asked {
  readonly resolve: (response: Response) => void;
  readonly reject: (error: Error) => void;
}

/** The ways between processes: a TCP proxy in a process of its own, whose links can be cut, held, slowed and reset in use. */
export class Network {
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, Asked>();
  #number = 0;

  constructor() {
    // From sources (tests) as from dist: the proxy itself always runs compiled.
    this.#process = fork(fileURLToPath(new URL('../../dist/net/proxy-main.js', import.meta.url)));
    this.#process.on('message', (response: Response) => this.#hear(response));
    this.#process.on('exit', () => {
      for (const { reject } of this.#asked.values()) reject(new Error('the proxy has ended'));
    });
  }

  /** Adds a link, and gives the port that leads through it. */
  async add(link: Link): Promise<number> {
    const { port } = await this.#ask({ ask: 'add', link });
    return port as number;
  }

  async set(names: readonly string[], condition: Condition): Promise<void> {
    await this.#ask({ ask: 'set', names, condition });
  }

  /** Ends the links' connections with RST; new ones pass. */
  async reset(names: readonly string[]): Promise<void> {
    await this.#ask({ ask: 'reset', names });
  }

  /** Lets nothing pass ever again over the connections that there are, as a firewall that has forgotten them; new ones pass. */
  async forget(names: readonly string[]): Promise<void> {
    await this.#ask({ ask: 'forget', names });
  }

  close(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  #ask(question: Question): Promise<Response> {
    return new Promise((resolve, reject) => {
      const number = ++this.#number;
      this.#asked.set(number, { resolve, reject });
      this.#process.send({ number, ...question }, (error) => error && reject(error));
    });
  }

  #hear(response: Response): void {
    const asked = this.#asked.get(response.number);
    this.#asked.delete(response.number);
    if (response.error !== undefined) asked?.reject(new Error(response.error));
    else asked?.resolve(response);
  }
}
