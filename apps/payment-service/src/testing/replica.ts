import type pg from 'pg';
import { Cashier } from '../payment/cashier.js';
import type { Payment } from '../payment/payment.js';
import { PaymentRepository } from '../payment/payment.repository.js';
import { PaymentService } from '../payment/payment.service.js';
import type { PaymentProvider, ProviderRequest, Returned, Verdict } from '../providers/payment-provider.js';
import { Ledger } from '../providers/simulated/ledger.js';
import { SimulatedProvider } from '../providers/simulated/simulated-provider.js';
import type { Wait } from '../providers/wait.js';

/**
 * A process's life. It ends at the boundary with the given number, counted from 1: from then on nothing the process does
 * has any effect, and what it did before has.
 */
export class Life {
  readonly #endsAt: number;
  readonly #passed: string[] = [];
  #over = false;

  constructor(endsAt = Number.POSITIVE_INFINITY) {
    this.#endsAt = endsAt;
  }

  /** The boundaries that were passed, by name. */
  get passed(): readonly string[] {
    return this.#passed;
  }

  get isOver(): boolean {
    return this.#over;
  }

  pass(boundary: string): void {
    if (!this.#over && this.#passed.push(boundary) < this.#endsAt) return;
    this.#over = true;
    throw new Error(`the process died at ${boundary}`);
  }

  /** Does something that has a boundary before and one behind it. */
  async around<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.pass(`before ${name}`);
    const result = await work();
    this.pass(`after ${name}`);
    return result;
  }
}

class MortalRepository extends PaymentRepository {
  readonly #life: Life;

  constructor(pool: pg.Pool, life: Life) {
    super(pool);
    this.#life = life;
  }

  override load(orderIds: readonly string[]): Promise<Map<string, Payment>> {
    return this.#life.around('load', () => super.load(orderIds));
  }

  override save(payments: readonly Payment[], now: Date): Promise<boolean> {
    const what = payments.map(({ status }) => status).join();
    return this.#life.around(`saving ${what}`, () => super.save(payments, now));
  }
}

class MortalProvider implements PaymentProvider {
  readonly #provider: PaymentProvider;
  readonly #life: Life;

  constructor(provider: PaymentProvider, life: Life) {
    this.#provider = provider;
    this.#life = life;
  }

  authorizeAndCapture(request: ProviderRequest, signal: AbortSignal): Promise<Verdict> {
    return this.#life.around('the capture', () => this.#provider.authorizeAndCapture(request, signal));
  }

  refund(request: ProviderRequest, signal: AbortSignal): Promise<Returned> {
    return this.#life.around('the refund', () => this.#provider.refund(request, signal));
  }

  lookup(idempotencyKey: string, signal: AbortSignal): Promise<Verdict | undefined> {
    return this.#life.around('the lookup', () => this.#provider.lookup(idempotencyKey, signal));
  }

  verifyWebhook(): boolean {
    return false;
  }
}

/** What a test decides about a replica. */
export interface ReplicaOptions {
  readonly pool: pg.Pool;
  readonly life?: Life;
  readonly failureRate?: number;
  readonly random?: () => number;
  /** Stands between the service and the simulated provider. */
  readonly through?: (provider: PaymentProvider) => PaymentProvider;
}

/** One process of the service, without broker and HTTP. Deadlines pass as soon as the provider hangs, and never before. */
export function replica(options: ReplicaOptions): PaymentService {
  const { pool, life = new Life(), failureRate = 0, random = Math.random, through = (same) => same } = options;
  const { patience, provider } = virtualTime();
  const simulated = new SimulatedProvider(new Ledger(pool), { failureRate, random, wait: provider });
  const cashier = new Cashier({
    providers: { simulated: new MortalProvider(through(simulated), life) },
    timeoutMs: 3000,
    log: { warn: () => {} },
    wait: patience,
  });
  return new PaymentService(new MortalRepository(pool, life), cashier, () => new Date());
}

/** Nobody waits by the clock: what is slow is at once, and what hangs makes every deadline under way pass. */
function virtualTime(): { patience: Wait; provider: Wait } {
  const deadlines = new Set<() => void>();
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  return {
    patience: (_delayMs, signal) =>
      new Promise((resolve) => {
        deadlines.add(resolve);
        signal.addEventListener('abort', () => deadlines.delete(resolve));
      }),
    provider: (delayMs, signal) => {
      if (delayMs < Number.POSITIVE_INFINITY) return Promise.resolve();
      for (const pass of deadlines) pass();
      return untilAborted(signal);
    },
  };
}
