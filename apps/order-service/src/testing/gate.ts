import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that a test can shut, as if the server had died, and open again. */
export class Gate {
  readonly #open = new Set<Socket>();
  readonly #server = createServer((near) => this.#forward(near));
  readonly #target: URL;
  #shut = false;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async before(url: string): Promise<Gate> {
    const gate = new Gate(new URL(url));
    await new Promise<void>((resolve) => gate.#server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  /** The server's URL, through the gate. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Cuts all connections, and each new one at once. */
  shut(): void {
    this.#shut = true;
    for (const socket of this.#open) socket.destroy();
  }

  open(): void {
    this.#shut = false;
  }

  async close(): Promise<void> {
    this.shut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(near: Socket): void {
    if (this.#shut) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.#target.port || 5432), this.#target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#open.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  }
}
