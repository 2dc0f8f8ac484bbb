import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { BACKPACK, type Cart, cartOf, line } from './cart.js';
import type { Answer } from './http.js';
import type { ShopClient, TestProduct } from './shop-client.js';

/** Every answer that the interface promises to a good request. */
const DOCUMENTED = new Map<number, readonly (string | undefined)[]>([
  [201, [undefined]],
  [202, [undefined]],
  [402, ['PAYMENT_DECLINED']],
  [409, ['INSUFFICIENT_STOCK']],
  [
    503,
    [
      'CHECKOUT_UNAVAILABLE',
      'CHECKOUT_OUTCOME_UNKNOWN',
      'CHECKOUT_FAILED',
      'ORCHESTRATOR_FULL',
      'PARTICIPANT_UNAVAILABLE',
    ],
  ],
]);

/** What is wrong with an answer, if it is not one that the interface promises. */
function undocumented({ status, headers, body }: Answer): string | undefined {
  const codes = DOCUMENTED.get(status);
  const isProblem = headers['content-type']?.startsWith('application/problem+json') ?? false;
  const fits =
    codes?.includes(body.code) && isProblem === status >= 400 && (status === 503) === 'retry-after' in headers;
  return fits ? undefined : `${status} ${JSON.stringify(headers)} ${JSON.stringify(body)}`;
}

/** What a crowd of customers met with. */
export interface Report {
  /** The last answer to each. */
  readonly answers: readonly Answer[];
  /** Answers that the interface does not promise. */
  readonly undocumented: readonly string[];
  /** How often a connection was refused or broke. */
  readonly broken: number;
  /** How many answers there were of each status, the passing ones included. */
  readonly statuses: Readonly<Record<number, number>>;
}

/** Customers who come all at once or one after the other, and ask again, with the same key, until they know. */
export class Customers {
  readonly #answers: Answer[] = [];
  readonly #undocumented: string[] = [];
  readonly #statuses: Record<number, number> = {};
  #broken = 0;

  constructor(private readonly shop: ShopClient) {}

  /** All carts, so many at a time. Resolves when every customer has a last word. */
  placeAll(carts: readonly Cart[], atOnce: number): Promise<Report> {
    let next = 0;
    return this.keepPlacing(
      atOnce,
      () => carts[next++] as Cart,
      () => next >= carts.length,
    );
  }

  /** So many customers at a time, one cart after the other, until `isOver`. */
  async keepPlacing(atOnce: number, nextCart: () => Cart, isOver: () => boolean): Promise<Report> {
    const buyer = async () => {
      while (!isOver()) await this.#place(nextCart());
    };
    await Promise.all(Array.from({ length: atOnce }, buyer));
    return this.#report();
  }

  async #place(cart: Cart): Promise<void> {
    const headers = { 'idempotency-key': randomUUID() };
    for (;;) {
      const answer = await this.#ask(cart, headers);
      if (answer !== undefined && isLastWord(answer)) {
        this.#answers.push(answer);
        return;
      }
      await pause(100); // as a customer's browser would, before it asks again
    }
  }

  async #ask(cart: Cart, headers: Record<string, string>): Promise<Answer | undefined> {
    let answer: Answer;
    try {
      answer = await this.shop.checkout(cart, headers);
    } catch {
      this.#broken += 1;
      return undefined;
    }
    this.#statuses[answer.status] = (this.#statuses[answer.status] ?? 0) + 1;
    const problem = undocumented(answer);
    if (problem !== undefined) this.#undocumented.push(problem);
    return answer;
  }

  #report(): Report {
    return {
      answers: this.#answers,
      undocumented: this.#undocumented,
      broken: this.#broken,
      statuses: this.#statuses,
    };
  }
}

/** With a 503 that names no order nobody knows yet; asking again with the same key is safe, and tells. */
const isLastWord = ({ status, body }: Answer): boolean => status !== 503 || body.orderId !== undefined;

/** What people buy: mostly something plain; some pay with cards that are slow or declined, some come too late. */
export function mixedCart(number: number, scarce: TestProduct): Cart {
  switch (number % 10) {
    case 3:
      return cartOf([line(BACKPACK)], 'tok_slow');
    case 5:
      return cartOf([line(BACKPACK)], 'tok_declined');
    case 7:
      return cartOf([line(scarce), line(BACKPACK)]);
    default:
      return quickCart(number);
  }
}

/** What is confirmed within moments. */
export const quickCart = (number: number): Cart => cartOf([line(BACKPACK, 1 + (number % 3))]);
