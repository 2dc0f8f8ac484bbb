import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Acknowledged } from '@saga-checkout/auditor';
import { waitFor } from '@saga-checkout/local-stack';
import type { Shop } from './shop.js';

/**
 * What a customer buys: `plain` is confirmed; `declined` is taken back after the reservation; `soldOut` is taken back before
 * it; `cancelled` is cancelled by the customer while the card is being charged, and what was charged is given back;
 * `abandoned` likewise, and the payment provider never answered; `slow` is confirmed after the two seconds that its charge takes;
 * `paused` is paused by an operator while the payment provider does not answer, resumed at once, and taken back in the end.
 */
export type Cart = 'plain' | 'slow' | 'declined' | 'soldOut' | 'cancelled' | 'abandoned' | 'paused';

const METHODS: Readonly<Record<Cart, string>> = {
  plain: 'tok_visa',
  slow: 'tok_slow',
  declined: 'tok_declined',
  soldOut: 'tok_visa',
  cancelled: 'tok_slow',
  abandoned: 'tok_timeout',
  paused: 'tok_timeout',
};

/** How long a customer goes on asking, and how far apart; in ms. */
const PATIENCE_MS = 40_000;
const PAUSE_MS = 50;
/** An orchestrator that does not answer an operator may be stopped: then another is asked. In ms. */
const ASKED_MS = 1_000;

/** A checkout that the shop has taken, and when it said so; epoch ms. */
export interface Taken extends Acknowledged {
  readonly takenAt: number;
}

/** Buys a cart: asks again, with the same key, until the shop has taken the order. @throws if it never does */
export async function buy(shop: Shop, cart: Cart): Promise<Taken> {
  const product = cart === 'soldOut' ? shop.products.soldOut : shop.products.plenty;
  const body = {
    userId: `user-${randomUUID().slice(0, 13)}`,
    items: [{ productId: product.id, quantity: 1, price: product.price }],
    payment: { method: METHODS[cart] },
  };
  const headers = { 'idempotency-key': randomUUID() };
  const taken = await insist(`the shop to take a ${cart} cart`, async () => {
    const { status, body: answer } = await post(shop, '/api/orders', body, headers);
    if (status === 503) return undefined;
    if (status !== 202) throw new Unexpected(`a ${cart} cart was answered ${status} ${JSON.stringify(answer)}`);
    return { orderId: String(answer.orderId), sagaId: String(answer.sagaId), status, takenAt: Date.now() };
  });
  shop.acknowledged.push(taken);
  if (cart === 'cancelled' || cart === 'abandoned') await cancelWhileCharged(shop, taken.orderId);
  if (cart === 'paused') await pauseWhileCharged(shop, taken);
  return taken;
}

/** Waits until the order's payment is under way. It may have ended before, if things went wrong. */
async function whileCharged(shop: Shop, orderId: string): Promise<void> {
  const text = 'select current_step as step, completed_at as ended from saga_state where business_key = $1';
  const isCharged = async () => {
    const asked = shop.rows<{ step: string | null; ended: Date | null }>('orchestrator', text, [orderId]);
    // The database may be what is away at this moment.
    const [saga] = await asked.catch(() => []);
    return saga?.step === 'processPayment' || saga?.ended;
  };
  await waitFor(isCharged, { timeoutMs: PATIENCE_MS, everyMs: 5 });
}

async function cancelWhileCharged(shop: Shop, orderId: string): Promise<void> {
  await whileCharged(shop, orderId);
  await insist(`order ${orderId} to be cancelled`, async () => {
    const { status, body } = await post(shop, `/api/orders/${orderId}/cancel`, {}, {});
    if (status >= 500) return undefined;
    if (status !== 202 && status !== 409)
      throw new Unexpected(`a cancel was answered ${status} ${JSON.stringify(body)}`);
    return status;
  });
}

/** An operator asks one orchestrator after the other: 409 says that it is so already, or has ended. */
async function pauseWhileCharged(shop: Shop, { orderId, sagaId }: Acknowledged): Promise<void> {
  await whileCharged(shop, orderId);
  const orchestrators = shop.services.list().filter(({ service }) => service === 'orchestrator');
  let turn = 0;
  for (const action of ['pause', 'resume']) {
    await insist(`the saga of order ${orderId} to ${action}`, async () => {
      const url = orchestrators[turn++ % orchestrators.length]?.url;
      const wish = { reason: 'a look at it', by: 'operator' };
      const { status, body } = await send(`${url}/sagas/${sagaId}/${action}`, wish, {}, ASKED_MS);
      if (status >= 500) return undefined;
      if (status !== 202 && status !== 409)
        throw new Unexpected(`to ${action} was answered ${status} ${JSON.stringify(body)}`);
      return status;
    });
  }
}

/** An answer that nobody promised. */
class Unexpected extends Error {}

/** Tries until it gives something; a connection that breaks counts as nothing. */
async function insist<T>(what: string, attempt: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  let last: unknown = 'a passing 503';
  while (performance.now() < deadline) {
    try {
      const result = await attempt();
      if (result !== undefined) return result;
    } catch (error) {
      if (error instanceof Unexpected) throw error;
      last = error;
    }
    await pause(PAUSE_MS);
  }
  throw new Error(`waited ${PATIENCE_MS} ms in vain for ${what}: ${String(last)}`);
}

const post = (shop: Shop, path: string, body: object, headers: Record<string, string>) =>
  send(`${shop.services.gatewayUrl}${path}`, body, headers, PATIENCE_MS);

async function send(url: string, body: object, headers: Record<string, string>, timeoutMs: number) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
