import { UpstreamError, type UpstreamRequest, type UpstreamResponse } from './exchange.js';
import { Upstream } from './upstream.js';

/** How long an address that failed is asked last. */
const AVOID_MS = 1_000;

/** The addresses of one service, asked in turn. One that failed is asked last for a second. */
export class Replicas {
  private readonly upstreams: readonly Upstream[];
  private turn = 0;

  constructor(urls: readonly string[]) {
    this.upstreams = urls.map((url) => new Upstream(url));
  }

  get size(): number {
    return this.upstreams.length;
  }

  /** Sends to the next address. Rejects with an UpstreamError when no answer came. */
  async send(request: UpstreamRequest): Promise<UpstreamResponse> {
    const upstream = this.next();
    try {
      return await upstream.send(request);
    } catch (error) {
      upstream.avoidUntil = performance.now() + AVOID_MS;
      throw error;
    }
  }

  /**
   * For requests that may be repeated: asks another address (or the only one a second time: its connection may have
   * gone stale) when no answer below 500 came. `timeoutMs` is for all tries together. Rejects with an UpstreamError.
   */
  async ask(request: UpstreamRequest): Promise<UpstreamResponse> {
    const deadline = performance.now() + request.timeoutMs;
    for (let tries = Math.max(this.size, 2); ; tries--) {
      try {
        const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()));
        const response = await this.send({ ...request, timeoutMs });
        if (response.status < 500) return response;
        throw UpstreamError.answered(response.status);
      } catch (error) {
        if (tries === 1 || performance.now() >= deadline) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.upstreams.map((upstream) => upstream.close()));
  }

  private next(): Upstream {
    const first = this.upstreams[this.turn++ % this.size] as Upstream;
    if (this.size === 1 || first.avoidUntil === 0) return first;
    const now = performance.now();
    for (let step = 0; step < this.size; step++) {
      const upstream = this.upstreams[(this.turn - 1 + step) % this.size] as Upstream;
      if (upstream.avoidUntil <= now) return upstream;
    }
    return first;
  }
}
