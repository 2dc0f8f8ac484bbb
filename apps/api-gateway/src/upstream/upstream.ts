import { Pool } from 'undici';
import { exchange, type UpstreamRequest, type UpstreamResponse } from './exchange.js';

/** Every waiting checkout holds one; they open as they are needed. */
const MAX_CONNECTIONS = 1024;
const CONNECT_TIMEOUT_MS = 2_000;

/** One address of another service, with the connections to it. */
export class Upstream {
  /** While this lies in the future, others of its kind are asked first (`performance.now()`). */
  avoidUntil = 0;
  private readonly pool: Pool;

  constructor(readonly url: string) {
    this.pool = new Pool(url, {
      connections: MAX_CONNECTIONS,
      pipelining: 1,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      // Each request has one timer of its own for all of it (see exchange.ts).
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  send(request: UpstreamRequest): Promise<UpstreamResponse> {
    return exchange(this.pool, request);
  }

  /** Closes the connections; requests under way fail. */
  async close(): Promise<void> {
    await this.pool.destroy();
  }
}
