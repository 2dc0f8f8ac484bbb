import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Drain } from './drain.js';
import { StartupError } from './startup-error.js';

/** Where a service listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly service: string;
  /** Whether the process was told to stop. */
  readonly isStopping?: () => boolean;
}

/** An HTTP server that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no more connections, lets what is under way be answered for `graceMs`, then closes what is left. */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts an HTTP server. Throws a {@link StartupError} if the port is taken, may not be used, or the host is not an
 * address of this machine.
 */
export function listen(app: RequestListener, options: ListenOptions): Promise<Listening> {
  const { host, port, service, isStopping = () => false } = options;
  const server = createServer(app);
  const drain = new Drain(server, isStopping);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port, service)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      const { port: taken } = server.address() as AddressInfo;
      resolve({ port: taken, close: (graceMs) => drain.close(graceMs) });
    });
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, service: string): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartupError(
        `${service} cannot listen on ${host}:${port}: another process does already`,
        `end that process (\`ss -ltnp 'sport = :${port}'\` names it), or set PORT to another one`,
      );
    case 'EACCES':
      return new StartupError(
        `${service} may not listen on ${host}:${port}: ports below 1024 are for privileged users`,
        'set PORT to 1024 or above',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartupError(
        `${service} cannot listen on ${host}: that is no address of this machine`,
        'set HOST to 127.0.0.1 (this machine only) or 0.0.0.0 (all networks)',
      );
    default:
      return error;
  }
}
