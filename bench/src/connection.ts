import { connect, type Socket } from 'node:net';

type Answered = (status: number, retryAfter: boolean) => void;

/**
 * One connection that posts JSON, one request at a time. Much cheaper than a client that can do everything: on one machine
 * with the shop, every turn of the load generator is taken from what it measures.
 */
export class Connection {
  readonly #path: string;
  readonly #host: string;
  readonly #onIdle: () => void;
  readonly #socket: Socket;
  #answered: Answered | undefined;
  #text = '';

  constructor({ hostname, port, host, pathname }: URL, onIdle: () => void) {
    [this.#path, this.#host, this.#onIdle] = [pathname, host, onIdle];
    this.#socket = connect(Number(port), hostname).setNoDelay(true).setEncoding('latin1');
    this.#socket.on('data', (chunk: string) => this.#read(chunk));
    this.#socket.on('error', () => {});
    this.#socket.on('close', () => this.#done(0, false));
  }

  /** `answered` is told the status; 0 if the connection broke. */
  post(body: string, answered: Answered): void {
    this.#answered = answered;
    this.#socket.write(
      `POST ${this.#path} HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#text.slice(0, end).toLowerCase();
    const length = Number(/content-length: (\d+)/.exec(head)?.[1]);
    if (this.#text.length < end + 4 + length) return;
    this.#text = '';
    this.#done(Number(head.slice(9, 12)), head.includes('retry-after:'));
    // Broken ones are not used again, nor those that the other side is about to close.
    if (!this.#socket.destroyed && !head.includes('connection: close')) this.#onIdle();
  }

  #done(status: number, retryAfter: boolean): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(status, retryAfter);
  }
}
