import type { ServiceProcess } from '@saga-checkout/local-stack';

/** How often each gateway is asked whether it is ready, and how long it may take to answer; in ms. */
export const LOOK_MS = 250;
const LOOK_TIMEOUT_MS = 2_000;
/** Longer than any answer takes that a customer waits for, in ms. */
const ANSWER_TIMEOUT_MS = 30_000;

/** What a customer is told; `status` 0: nothing, the connection was refused or broke. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export interface Question {
  readonly path: string;
  /** Posted; without it, the path is read. */
  readonly body?: object;
}

/**
 * An ordinary load balancer: asks the gateways in turn whether they are ready, hands each request to the next that last said
 * so, over connections that are kept, and repeats nothing.
 */
export class Balancer {
  readonly #gateways: readonly ServiceProcess[];
  readonly #ready = new Set<ServiceProcess>();
  #timer: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(gateways: readonly ServiceProcess[]) {
    this.#gateways = gateways;
  }

  /** Begins to look, once it has looked at all. */
  async start(): Promise<void> {
    const lookAtAll = () => Promise.all(this.#gateways.map((gateway) => this.#look(gateway)));
    await lookAtAll();
    this.#timer = setInterval(() => void lookAtAll(), LOOK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How many gateways take requests, as far as it knows. */
  get size(): number {
    return this.#ready.size;
  }

  async ask({ path, body }: Question): Promise<Answer> {
    const gateways = [...this.#ready];
    const gateway = gateways[this.#turn++ % gateways.length];
    if (gateway === undefined) return { status: 0, body: { error: 'no gateway is ready' } };
    try {
      const response = await fetch(`${gateway.url}${path}`, {
        signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
        ...(body !== undefined && {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    } catch (error) {
      return { status: 0, body: { error: reasonOf(error), gateway: gateway.name } };
    }
  }

  async #look(gateway: ServiceProcess): Promise<void> {
    try {
      const response = await fetch(`${gateway.url}/health/ready`, { signal: AbortSignal.timeout(LOOK_TIMEOUT_MS) });
      await response.arrayBuffer();
      if (response.ok) this.#ready.add(gateway);
      else this.#ready.delete(gateway);
    } catch {
      this.#ready.delete(gateway);
    }
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : String(error);
