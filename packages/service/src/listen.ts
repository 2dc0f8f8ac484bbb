import { createServer, type RequestListener, type Server } from 'node:http';
import { StartupError } from './startup-error.js';

/** Where a service listens. */
export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly service: string;
}

/**
 * Starts an HTTP server. Throws a {@link StartupError} if the port is taken, may not be used, or the host is not an
 * address of this machine.
 */
export function listen(app: RequestListener, { host, port, service }: ListenOptions): Promise<Server> {
  const server = createServer(app);
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port, service)));
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve(server);
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
