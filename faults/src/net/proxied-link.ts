import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type Condition, type Link, OPEN } from './link.js';
import { Pipe } from './pipe.js';

interface Connection {
  readonly near: Socket;
  /** Absent while it leads nowhere. */
  far?: Socket;
  readonly pipes: Pipe[];
  /** Whether nothing passes over it any more, whatever the link's condition. */
  isForgotten?: true;
}

/** One link: a port of its own, and the connections that pass through it. */
export class ProxiedLink {
  readonly #link: Link;
  readonly #server: Server;
  readonly #connections = new Set<Connection>();
  #condition: Condition = OPEN;

  constructor(link: Link) {
    this.#link = link;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) =>
      this.#accept(near),
    );
  }

  /** Begins to listen on this port, or any, and gives it. */
  listen(port = 0): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  set(condition: Condition): void {
    this.#condition = condition;
    if (condition.is === 'cut') return this.reset();
    for (const connection of this.#connections) {
      if (connection.far === undefined && condition.is !== 'blackhole') this.#dial(connection);
      for (const pipe of connection.pipes) pipe.conditionChanged();
    }
  }

  /** Ends all connections with RST, on both sides. */
  reset(): void {
    for (const { near, far } of this.#connections) {
      near.resetAndDestroy();
      far?.resetAndDestroy();
    }
    this.#connections.clear();
  }

  /** Lets nothing pass ever again over the connections that there are. */
  forget(): void {
    for (const connection of this.#connections) connection.isForgotten = true;
    this.#connections.clear();
  }

  #accept(near: Socket): void {
    near.on('error', () => {}); // 'close' follows
    if (this.#condition.is === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const connection: Connection = { near, pipes: [] };
    this.#connections.add(connection);
    near.once('close', () => {
      if (connection.far === undefined || connection.far.destroyed) this.#connections.delete(connection);
    });
    if (this.#condition.is !== 'blackhole') this.#dial(connection);
  }

  #dial(connection: Connection): void {
    const { near, pipes } = connection;
    if (near.destroyed) return;
    const far = connect({ host: '127.0.0.1', port: this.#link.targetPort, allowHalfOpen: true, noDelay: true });
    connection.far = far;
    far.once('close', () => {
      if (near.destroyed) this.#connections.delete(connection);
    });
    const condition = (): Condition => (connection.isForgotten ? { is: 'blackhole' } : this.#condition);
    pipes.push(new Pipe(near, far, condition), new Pipe(far, near, condition));
    near.resume();
  }
}
