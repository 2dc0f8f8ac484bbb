import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Acknowledged } from '@saga-checkout/auditor';
import type { Product } from '../shop/shop.js';
import type { Answer, Balancer, Question } from './balancer.js';

/** What a request must be answered with, as when nobody restarts anything; `code` of a refusal. */
interface Expected {
  readonly status: number;
  readonly code?: string;
}

/** An answer that nobody would have got in quiet times. */
export interface Failure {
  readonly at: number;
  readonly question: string;
  readonly answer: string;
}

export interface CustomersOptions {
  readonly balancer: Balancer;
  readonly products: { readonly plenty: Product; readonly soldOut: Product };
  /** New customers in a second. */
  readonly rate: number;
}

/** Of each ten customers: who pays how for what, and what they must be told. Most just buy. */
const KINDS = [
  {
    path: '/api/checkout',
    method: 'tok_declined',
    product: 'plenty',
    expected: { status: 402, code: 'PAYMENT_DECLINED' },
  },
  {
    path: '/api/checkout',
    method: 'tok_visa',
    product: 'soldOut',
    expected: { status: 409, code: 'INSUFFICIENT_STOCK' },
  },
  { path: '/api/checkout', method: 'tok_slow', product: 'plenty', expected: { status: 201 } },
  { path: '/api/orders', method: 'tok_visa', product: 'plenty', expected: { status: 202 } },
] as const;
const PLAIN = { path: '/api/checkout', method: 'tok_visa', product: 'plenty', expected: { status: 201 } } as const;

/**
 * Customers who come at a steady rate, whether or not those before them have been served. Each checks out once, never again,
 * then looks at the order, its saga, their orders and the catalog.
 */
export class Customers {
  readonly acknowledged: Acknowledged[] = [];
  readonly failures: Failure[] = [];
  /** How many answers there were of each status; `0`: none. */
  readonly statuses: Record<number, number> = {};
  /** How long each request took, in ms. */
  readonly tookMs: number[] = [];
  readonly #options: CustomersOptions;
  readonly #startedAt = performance.now();
  #isOver = false;

  constructor(options: CustomersOptions) {
    this.#options = options;
  }

  /** Comes and goes until `stop`; resolves when the last customer has left. */
  async run(): Promise<void> {
    const everyMs = 1_000 / this.#options.rate;
    const present = new Set<Promise<void>>();
    for (let number = 0; !this.#isOver; number++) {
      const visit = this.#visit(number);
      present.add(visit);
      void visit.then(() => present.delete(visit));
      await pause(Math.max(0, this.#startedAt + (number + 1) * everyMs - performance.now()));
    }
    await Promise.all(present);
  }

  stop(): void {
    this.#isOver = true;
  }

  async #visit(number: number): Promise<void> {
    const { path, method, product, expected } = KINDS[number % 10] ?? PLAIN;
    const { id, price } = this.#options.products[product];
    const userId = `user-${randomUUID().slice(0, 13)}`;
    const body = { userId, items: [{ productId: id, quantity: 1, price }], payment: { method } };
    const { status, body: answer } = await this.#ask({ path, body }, expected);
    const { orderId, sagaId } = answer as { orderId?: string; sagaId?: string };
    if (orderId === undefined || sagaId === undefined) return;
    this.acknowledged.push({ orderId, sagaId, status });
    if (status === 201) await this.#ask({ path: `/api/orders/${orderId}` }, { status: 200 });
    else await this.#ask({ path: `/api/orders/${orderId}/saga` }, { status: 200 });
    const other = number % 2 === 0 ? '/api/products' : `/api/orders/user/${userId}`;
    await this.#ask({ path: other }, { status: 200 });
  }

  async #ask(question: Question, expected: Expected): Promise<Answer> {
    const begun = performance.now();
    const answer = await this.#options.balancer.ask(question);
    this.tookMs.push(performance.now() - begun);
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    if (!fits(answer, expected)) {
      const what = question.body === undefined ? 'GET' : 'POST';
      this.failures.push({
        at: Math.round(begun - this.#startedAt),
        question: `${what} ${question.path} ${JSON.stringify(question.body ?? '')}`,
        answer: `${answer.status} ${JSON.stringify(answer.body).slice(0, 400)}`,
      });
    }
    return answer;
  }
}

/** An order of which a part could not be read is no whole answer. */
const fits = ({ status, body }: Answer, expected: Expected): boolean =>
  status === expected.status && body.code === expected.code && !JSON.stringify(body).includes('"unavailable":true');
