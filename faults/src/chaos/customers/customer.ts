import { setTimeout as sleep } from 'node:timers/promises';
import type { Acknowledged } from '@saga-checkout/auditor';
import type { Random } from '../random.js';
import type { Answer } from './answers.js';
import type { Kind } from './kinds.js';
import type { Post } from './post.js';

/** A product as the catalog has it. */
export interface Product {
  readonly id: string;
  readonly price: string;
}

/** What all customers share. */
export interface Surroundings {
  readonly post: Post;
  readonly gateways: readonly string[];
  readonly random: Random;
  /** What customers were told of their orders. */
  readonly told: Acknowledged[];
  /** When they ask no more (`performance.now()`); moved as the run goes on. */
  readonly givesUpAt: () => number;
}

/** How a checkout came out, as its customer was told: confirmed, a refusal's code, or nothing that is final. */
export type Outcome = 'confirmed' | 'not told' | (string & {});

/** How long a customer waits who is told nothing about it, and at most, in ms. */
const [PAUSE_MS, LONGEST_PAUSE_MS] = [250, 2_000];
/** Statuses that say how a checkout came out. */
const FINAL: readonly number[] = [201, 402, 409, 422];
/** What an impatient customer waits before they go away, in ms. */
const IMPATIENCE_MS = 1_200;

/** One customer, with one cart, who asks until they know. */
export class Customer {
  /** The orders that they were told of. */
  readonly #orders = new Set<string>();

  constructor(
    private readonly around: Surroundings,
    private readonly kind: Kind,
    readonly name: string,
    private readonly product: Product,
  ) {}

  async buy(): Promise<Outcome> {
    switch (this.kind.does) {
      case 'waits':
        return this.#checkOut(this.#keyed());
      case 'asks twice':
        return this.#twice(this.#keyed());
      case 'asks twice without a key':
        return this.#twice({});
      case 'goes away and comes back':
        return this.#leaveAndComeBack();
      case 'looks later':
        return this.#order(async () => {});
      case 'cancels':
        return this.#order((orderId) => this.#cancel(orderId));
    }
  }

  #keyed(): Record<string, string> {
    return { 'idempotency-key': `key-${this.name}` };
  }

  get #body(): object {
    const { id: productId, price } = this.product;
    return { userId: this.name, items: [{ productId, quantity: 1, price }], payment: { method: this.kind.method } };
  }

  #gateway(): string {
    return this.around.random.oneOf(this.around.gateways);
  }

  /** Asks again, with the same key, until the answer is final. */
  async #checkOut(headers: Record<string, string>, first = this.#gateway()): Promise<Outcome> {
    for (let gateway = first; performance.now() < this.around.givesUpAt(); gateway = this.#gateway()) {
      const asking = { question: 'checkout', path: '/api/checkout', body: this.#body, headers } as const;
      const answer = await this.around.post.ask(gateway, asking);
      this.#remember(answer, headers);
      const outcome = answer && this.#outcomeOf(answer);
      if (outcome !== undefined) {
        if (outcome === 'confirmed' && this.around.random.next() < 0.3) await this.#look(String(answer?.body?.orderId));
        return outcome;
      }
      await pauseFor(answer);
    }
    return 'not told';
  }

  /** At the same time at both doors: it is one checkout. */
  async #twice(headers: Record<string, string>): Promise<Outcome> {
    const outcomes = await Promise.all(this.around.gateways.map((gateway) => this.#checkOut(headers, gateway)));
    const known = new Set(outcomes.filter((each) => each !== 'not told'));
    // Without a key, one that failed is tried anew; with one, there is one outcome.
    if (headers['idempotency-key'] !== undefined && known.size > 1)
      this.around.post.problem(`${this.name} was told both ${[...known].join(' and ')} under one key`);
    return known.has('confirmed') ? 'confirmed' : (outcomes[0] ?? 'not told');
  }

  async #leaveAndComeBack(): Promise<Outcome> {
    const headers = this.#keyed();
    const leaves = AbortSignal.timeout(this.around.random.between(5, IMPATIENCE_MS));
    const asking = { question: 'checkout', path: '/api/checkout', body: this.#body, headers, leaves } as const;
    this.#remember(await this.around.post.ask(this.#gateway(), asking), headers);
    return this.#checkOut(headers);
  }

  /** Places the order without waiting, then does something about it, and then asks for the outcome. */
  async #order(meanwhile: (orderId: string) => Promise<void>): Promise<Outcome> {
    const headers = this.#keyed();
    while (performance.now() < this.around.givesUpAt()) {
      const asking = { question: 'order', path: '/api/orders', body: this.#body, headers } as const;
      const answer = await this.around.post.ask(this.#gateway(), asking);
      this.#remember(answer, headers);
      if (answer?.status === 202) {
        await meanwhile(String(answer.body?.orderId));
        await this.around.post.ask(this.#gateway(), {
          question: 'read saga',
          path: `/api/orders/${String(answer.body?.orderId)}/saga`,
        });
        return this.#checkOut(headers);
      }
      await pauseFor(answer);
    }
    return 'not told';
  }

  async #cancel(orderId: string): Promise<void> {
    await sleep(this.around.random.between(0, 1_500));
    while (performance.now() < this.around.givesUpAt()) {
      const asking = { question: 'cancel', path: `/api/orders/${orderId}/cancel`, body: {} } as const;
      const answer = await this.around.post.ask(this.#gateway(), asking);
      if (answer !== undefined && answer.status !== 503) return;
      await pauseFor(answer);
    }
  }

  /** A confirmed order is there, and confirmed, as often as it can be read. */
  async #look(orderId: string): Promise<void> {
    const path = `/api/orders/${orderId}`;
    const found = await this.around.post.ask(this.#gateway(), { question: 'read order', path });
    if (found === undefined || found.status === 503 || found.body?.status === 'CONFIRMED') return;
    this.around.post.problem(`order ${orderId} was confirmed, and then read as ${JSON.stringify(found.body)}`);
  }

  #remember(answer: Answer | undefined, headers: Record<string, string>): void {
    const { orderId, sagaId } = answer?.body ?? {};
    if (answer === undefined || typeof orderId !== 'string' || typeof sagaId !== 'string') return;
    this.around.told.push({ orderId, sagaId, status: answer.status });
    this.#orders.add(orderId);
    if (headers['idempotency-key'] !== undefined && this.#orders.size > 1)
      this.around.post.problem(`${this.name} has ${[...this.#orders].join(' and ')} under one key`);
  }

  /** Undefined if it is not final. A 503 that names an order is: the shop has taken it back. */
  #outcomeOf({ status, body }: Answer): Outcome | undefined {
    const isTakenBack = status === 503 && body?.orderId !== undefined;
    if (!FINAL.includes(status) && !isTakenBack) return undefined;
    const outcome = status === 201 ? 'confirmed' : String(body?.code);
    const isRight = status === 201 ? this.kind.mayBeConfirmed : status === 503 || this.kind.refusals.includes(outcome);
    if (!isRight)
      this.around.post.problem(`${this.name} (${this.kind.name}) was told ${outcome}: ${JSON.stringify(body)}`);
    return outcome;
  }
}

/** As long as the answer says, within reason. */
async function pauseFor(answer: Answer | undefined): Promise<void> {
  const retryAfterMs = Number(answer?.retryAfter ?? 0) * 1_000;
  await sleep(Math.min(Math.max(PAUSE_MS, retryAfterMs), LONGEST_PAUSE_MS));
}
