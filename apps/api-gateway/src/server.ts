import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Drain, StartupError } from '@saga-checkout/service';
import type { HttpProblem } from './problem.js';
import { type ProtocolError, protocolProblem, rawAnswer } from './protocol-errors.js';

export interface ServerTimes {
  /** For a request's headers. */
  readonly headersMs: number;
  /** For a whole request; the body has a time of its own (see read-body.ts), this is what stands behind it. */
  readonly requestMs: number;
  /** Longer than clients and proxies keep their connections, so that it is they who close. */
  readonly keepAliveMs: number;
}

export const DEFAULT_TIMES: ServerTimes = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 65_000 };

const MAX_HEADER_BYTES = 16 * 1024;

export interface HttpServerOptions {
  readonly times?: ServerTimes;
  /** Whether the process was told to stop. */
  readonly isStopping?: () => boolean;
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** The HTTP server in front of the app: bounded in every direction, and answering with problems below the router too. */
export class HttpServer {
  private readonly server: Server;
  private readonly drain: Drain;
  /** The last request on each connection, and its answer. */
  private readonly last = new WeakMap<Duplex, Exchange>();

  constructor(app: RequestListener, { times = DEFAULT_TIMES, isStopping = () => false }: HttpServerOptions = {}) {
    this.server = createServer(optionsOf(times), (req, res) => {
      this.last.set(req.socket, { req, res });
      app(req, res);
    });
    this.drain = new Drain(this.server, isStopping);
    this.server.on('clientError', (error: ProtocolError, socket) =>
      answerClientError(error, socket, this.last.get(socket)),
    );
    this.server.on('checkExpectation', (_req, res: ServerResponse) => {
      const { status, head, body } = rawAnswer(protocolProblem('EXPECTATION_FAILED'));
      res.writeHead(status, head).end(body);
    });
    // A tunnel is not a request for a page: Node hands over the bare socket.
    this.server.on('connect', (_req, socket) => endRaw(socket, protocolProblem('METHOD_NOT_ALLOWED')));
  }

  /** Begins to listen and gives the port. Throws a StartupError when that cannot be. */
  listen({ host, port }: { host: string; port: number }): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        const why = taken ? 'another process does already' : error.message;
        const cure = `set PORT (and HOST) to a free one; \`ss -ltnp\` names who holds ${port}`;
        reject(new StartupError(`api-gateway cannot listen on ${host}:${port}: ${why}`, cure));
      });
      this.server.listen(port, host, () => {
        this.server.removeAllListeners('error');
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more connections, lets what is under way finish for `graceMs`, then closes what is left. */
  stop(graceMs: number): Promise<void> {
    return this.drain.close(graceMs);
  }
}

function optionsOf(times: ServerTimes): ServerOptions {
  return {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: times.headersMs,
    requestTimeout: times.requestMs,
    keepAliveTimeout: times.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, times.headersMs),
    // The router answers a missing Host itself, with a problem.
    requireHostHeader: false,
  };
}

/** What the parser could not read, or what never came, on a connection that may have an answer under way. */
function answerClientError(error: ProtocolError, socket: Duplex, exchange: Exchange | undefined): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  if (exchange !== undefined && !exchange.res.writableFinished) {
    const { req, res } = exchange;
    // Behind a request that is whole comes rubbish: that request still gets its answer, as the last on this connection.
    if (req.complete && !res.headersSent) {
      res.setHeader('connection', 'close');
      res.shouldKeepAlive = false;
      return;
    }
    // Half an answer is out: nothing may follow it.
    if (res.headersSent) {
      socket.destroy();
      return;
    }
  }
  endRaw(socket, protocolProblem(error.code));
}

/** Writes an answer by hand, below the router, and closes. */
function endRaw(socket: Duplex, problem: HttpProblem): void {
  const { status, head, body } = rawAnswer(problem);
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${status} ${problem.code}\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
