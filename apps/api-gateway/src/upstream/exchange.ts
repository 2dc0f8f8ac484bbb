import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** For everything: a free connection, the question, the whole answer. */
  readonly timeoutMs: number;
}

/** An answer of another service, whatever its status. */
export interface UpstreamResponse {
  readonly status: number;
  readonly text: string;
  /** It takes no more on this connection: it is stopping. */
  readonly isLeaving: boolean;
}

export interface UpstreamErrorOptions extends ErrorOptions {
  /** Whether the other side may have seen the request: when false, it certainly has not. */
  readonly sent: boolean;
  /** When it did answer, but not with what was hoped for. */
  readonly status?: number;
}

/** No answer came, or none that is of use. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly sent: boolean;
  readonly status: number | undefined;

  constructor(message: string, options: UpstreamErrorOptions) {
    super(message, options);
    this.sent = options.sent;
    this.status = options.status;
  }

  /** For an answer of another status than expected. */
  static answered(status: number): UpstreamError {
    return new UpstreamError(`answered ${status}`, { sent: true, status });
  }
}

const JSON_HEADERS = ['content-type', 'application/json'];

/**
 * One request to another service. Stands directly on undici's dispatcher: `pool.request` makes a stream of every
 * answer, which costs more than the rest of a checkout's way through the gateway.
 */
export function exchange(pool: Pool, request: UpstreamRequest): Promise<UpstreamResponse> {
  return new Promise((resolve, reject) => {
    const { method, path, body } = request;
    const handler = new Exchange(resolve, reject, request.timeoutMs);
    const headers = body === undefined ? null : JSON_HEADERS;
    try {
      pool.dispatch({ method, path, headers, body: body ?? null }, handler);
    } catch (error) {
      handler.onResponseError(null, error as Error);
    }
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  private controller: Dispatcher.DispatchController | null = null;
  private status = 0;
  private isLeaving = false;
  private text = '';
  private chunks: Buffer[] | null = null;
  private over = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly resolve: (response: UpstreamResponse) => void,
    private readonly reject: (error: UpstreamError) => void,
    timeoutMs: number,
  ) {
    this.timer = setTimeout(timeOut, timeoutMs, this, timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.over) controller.abort(new Error('given up before it was sent'));
    else this.controller = controller;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.isLeaving = headers.connection === 'close';
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks ??= [];
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.end()) return;
    const chunks = this.chunks;
    if (chunks !== null) this.text = (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString();
    this.resolve({ status: this.status, text: this.text, isLeaving: this.isLeaving });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.end()) this.reject(new UpstreamError(reasonOf(error), { sent: this.sent, cause: error }));
  }

  giveUp(timeoutMs: number): void {
    if (!this.end()) return;
    const error = new UpstreamError(`no answer within ${timeoutMs} ms`, { sent: this.sent });
    this.controller?.abort(error);
    this.reject(error);
  }

  /** Requests that never began to be written have certainly not been seen by anybody. */
  private get sent(): boolean {
    return this.controller !== null;
  }

  private end(): boolean {
    if (this.over) return false;
    this.over = true;
    clearTimeout(this.timer);
    return true;
  }
}

/** One function for all timers, so that a request allocates no closure for its own. */
function timeOut(handler: Exchange, timeoutMs: number): void {
  handler.giveUp(timeoutMs);
}

/** One error per address tried (AggregateError) has an empty message; its code says what happened. */
const reasonOf = (error: NodeJS.ErrnoException): string => error.message || error.code || error.name;
