import { UpstreamError, type UpstreamRequest, type UpstreamResponse } from './exchange.js';
import { Upstream } from './upstream.js';

/** How long an address that failed, or that is stopping, is asked last. */
const AVOID_MS = 1_000;

/** The addresses of one service, asked in turn. One that failed or is stopping is asked last for a second. */
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
  send(request: UpstreamRequest): Promise<UpstreamResponse> {
    return this.sendTo(this.next(), request);
  }

  /**
   * For requests that may be repeated: asks another address (or the only one a second time: its connection may have
   * gone stale) when no answer below 500 came. `timeoutMs` is for all tries together. Rejects with an UpstreamError.
   */
  async ask(request: UpstreamRequest): Promise<UpstreamResponse> {
    const deadline = performance.now() + request.timeoutMs;
    const tried: Upstream[] = [];
    for (let tries = Math.max(this.size, 2); ; tries--) {
      try {
        const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()));
        const upstream = this.next(tried);
        tried.push(upstream);
        const response = await this.sendTo(upstream, { ...request, timeoutMs });
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

  private async sendTo(upstream: Upstream, request: UpstreamRequest): Promise<UpstreamResponse> {
    try {
      const response = await upstream.send(request);
      if (response.isLeaving) upstream.avoidUntil = performance.now() + AVOID_MS;
      return response;
    } catch (error) {
      upstream.avoidUntil = performance.now() + AVOID_MS;
      throw error;
    }
  }

  /**
   * Whose turn it is; not one of those that were tried, as long as there are others. Other requests take turns meanwhile, so
   * that the turn alone would lead to the same address again.
   */
  private next(tried: readonly Upstream[] = []): Upstream {
    const first = this.upstreams[this.turn++ % this.size] as Upstream;
    if (this.size === 1 || (first.avoidUntil === 0 && tried.length === 0)) return first;
    const inTurn = Array.from(
      { length: this.size },
      (_, step) => this.upstreams[(this.turn - 1 + step) % this.size] as Upstream,
    );
    const untried = inTurn.filter((upstream) => !tried.includes(upstream));
    const now = performance.now();
    return untried.find(({ avoidUntil }) => avoidUntil <= now) ?? untried[0] ?? first;
  }
}
