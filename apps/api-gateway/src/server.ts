import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { StartupError } from '@saga-checkout/service';
import { type HttpProblem } from './problem.js';
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

/** The HTTP server in front of `app`: bounded in every direction, and answering with problems below the router too. */
export function createHttpServer(app: RequestListener, times: ServerTimes = DEFAULT_TIMES): Server {
  const current = new WeakMap<Duplex, Exchange>();
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: times.headersMs,
      requestTimeout: times.requestMs,
      keepAliveTimeout: times.keepAliveMs,
      connectionsCheckingInterval: Math.min(1_000, times.headersMs),
      // The router answers a missing Host itself, with a problem.
      requireHostHeader: false,
    },
    (req, res) => {
      current.set(req.socket, { req, res });
      app(req, res);
    },
  );
  server.on('clientError', (error: ProtocolError, socket) => answerClientError(error, socket, current.get(socket)));
  server.on('checkExpectation', (_req, res: ServerResponse) => {
    const { status, head, body } = rawAnswer(protocolProblem('EXPECTATION_FAILED'));
    res.writeHead(status, head).end(body);
  });
  // A tunnel is not a request for a page: Node hands over the bare socket.
  server.on('connect', (_req, socket) => endRaw(socket, protocolProblem('METHOD_NOT_ALLOWED')));
  return server;
}

interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
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

/** Starts listening. Throws a StartupError when the port is taken. */
export function startListening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const cause = `api-gateway cannot listen on ${host}:${port}: ${taken ? 'another process does already' : error.message}`;
      reject(new StartupError(cause, `set PORT (and HOST) to a free one; \`ss -ltnp\` names who holds ${port}`));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

/** Takes no more connections, lets what is under way finish for `graceMs`, then closes what is left. */
export async function stopListening(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  const late = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(late);
}
