import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** How often connections that have become idle are looked for while a server ends, in ms. */
const LOOK_MS = 20;

/**
 * Ends an HTTP server without cutting anybody off in the middle of an answer. From the moment its process is stopping, each
 * answer says that it is the last on its connection, so that clients and load balancers leave by themselves.
 */
export class Drain {
  readonly #server: Server;
  /** All connections, each with its latest answer, if it has had one. */
  readonly #latest = new Map<Socket, ServerResponse | undefined>();
  #isClosing = false;

  constructor(server: Server, isStopping: () => boolean) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#latest.set(socket, undefined);
      socket.once('close', () => this.#latest.delete(socket));
    });
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#latest.set(request.socket, response);
      if (this.#isClosing || isStopping()) response.shouldKeepAlive = false;
    });
  }

  /** Takes no more connections, lets what is under way be answered for `graceMs`, then closes what is left. */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const [socket, response] of this.#latest) {
      // Node counts a connection as idle only once it has served something.
      if (response === undefined) socket.destroy();
      else if (!response.headersSent) response.shouldKeepAlive = false;
    }
    const idle = setInterval(() => this.#server.closeIdleConnections(), LOOK_MS);
    const late = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }
}
