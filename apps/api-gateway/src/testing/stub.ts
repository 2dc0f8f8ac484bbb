import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What a stub was asked. */
export interface StubRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** What a stub does with a request: answer, cut the connection without a word, or never answer. */
export type StubAnswer =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | 'cut'
  | 'silence';

export type StubHandler = (request: StubRequest) => StubAnswer | Promise<StubAnswer>;

/** Another service as far as the gateway can tell: a real server on a port of its own, which may die and come back. */
export class Stub {
  readonly requests: StubRequest[] = [];
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private port = 0;

  private constructor(public handler: StubHandler) {}

  static async start(handler: StubHandler): Promise<Stub> {
    const stub = new Stub(handler);
    await stub.listen();
    return stub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens (again), on the port it had before. */
  async listen(): Promise<void> {
    const server = createServer(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body: parse(text) };
      this.requests.push(request);
      const answer = await this.handler(request);
      if (answer === 'cut') req.socket.destroy();
      else if (answer !== 'silence') {
        const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? {});
        res.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(body);
      }
    });
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Dies: all connections are cut, and nobody listens. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server?.close(() => resolve()) ?? resolve());
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.server = undefined;
  }
}

const parse = (text: string): Record<string, unknown> => (text === '' ? {} : JSON.parse(text));
