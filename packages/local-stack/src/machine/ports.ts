import { connect, createServer } from 'node:net';
import { describeHolder } from './port-holder.js';
import { StackError } from './stack-error.js';

/** A port as somebody wants it: a default may move, one that a person set in the environment may not. */
export interface PortWish {
  readonly port: number;
  /** The environment variable that set it; undefined for the default. */
  readonly setBy: string | undefined;
}

/** Whether anything answers on the port on this machine, and whether we could listen there. */
export async function isPortFree(port: number): Promise<boolean> {
  // Asked both ways: on macOS one can listen on 127.0.0.1 beside somebody who listens on all addresses.
  return !(await answers(port)) && (await canListen(port));
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(true));
    socket.once('error', () => end(false));
  });
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The port to use for a wish. One set by a person is taken or refused, with the name of who holds it; a default that
 * is taken moves to the next free one that is not in `avoid`, and `warn` hears of it.
 */
export async function choosePort(
  what: string,
  wish: PortWish,
  avoid: ReadonlySet<number>,
  warn: (line: string) => void,
): Promise<number> {
  if (await isPortFree(wish.port)) return wish.port;
  const holder = await describeHolder(wish.port);
  if (wish.setBy !== undefined) {
    throw new StackError(
      `Port ${wish.port} for ${what} (set by ${wish.setBy}) is taken by ${holder}.`,
      `end that process, or set ${wish.setBy} to a free port, or unset it to have one chosen`,
    );
  }
  for (let port = wish.port + 1; port <= Math.min(wish.port + 500, 65_535); port++) {
    if (avoid.has(port) || !(await isPortFree(port))) continue;
    warn(`port ${wish.port} is taken by ${holder}: ${what} moves to ${port}`);
    return port;
  }
  throw new StackError(
    `Port ${wish.port} for ${what} is taken by ${holder}, and so are the 500 after it.`,
    'end what holds them, or set a free port in the environment',
  );
}

/**
 * Free ports for instances of tests. They lie below the range from which the system takes the ports of outgoing
 * connections: otherwise a client could sit on a server's port while that server is being restarted.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 22_000 + Math.floor(Math.random() * 10_000);
    if (!ports.has(port) && (await isPortFree(port))) ports.add(port);
  }
  return [...ports];
}
