import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Acknowledged } from '@saga-checkout/auditor';
import { waitFor } from '@saga-checkout/local-stack';
import type { Shop } from './shop.js';

/**
 * What a customer buys: `plain` is confirmed; `declined` is taken back after the reservation; `soldOut` is taken back before
 * it; `cancelled` is cancelled by the customer while the card is being charged, and what was charged is given back;
 * `abandoned` likewise, and the payment provider never answered; `slow` is confirmed after the two seconds that its charge takes.
 */
export type Cart = 'plain' | 'slow' | 'declined' | 'soldOut' | 'cancelled' | 'abandoned';

const METHODS: Readonly<Record<Cart, string>> = {
  plain: 'tok_visa',
  slow: 'tok_slow',
  declined: 'tok_declined',
  soldOut: 'tok_visa',
  cancelled: 'tok_slow',
  abandoned: 'tok_timeout',
};

/** How long a customer goes on asking, and how far apart; in ms. */
const PATIENCE_MS = 40_000;
const PAUSE_MS = 50;

/** Buys a cart: asks again, with the same key, until the shop has taken the order. @throws if it never does */
export async function buy(shop: Shop, cart: Cart): Promise<Acknowledged> {
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
    return { orderId: String(answer.orderId), sagaId: String(answer.sagaId), status };
  });
  shop.acknowledged.push(taken);
  if (cart === 'cancelled' || cart === 'abandoned') await cancelWhileCharged(shop, taken.orderId);
  return taken;
}

/** Cancels the order while its payment is under way. It may have ended before, if things went wrong. */
async function cancelWhileCharged(shop: Shop, orderId: string): Promise<void> {
  const text = 'select current_step as step, completed_at as ended from saga_state where business_key = $1';
  const isCharged = async () => {
    const [saga] = await shop.rows<{ step: string | null; ended: Date | null }>('orchestrator', text, [orderId]);
    return saga?.step === 'processPayment' || saga?.ended;
  };
  await waitFor(isCharged, { timeoutMs: PATIENCE_MS, everyMs: 5 });
  await insist(`order ${orderId} to be cancelled`, async () => {
    const { status, body } = await post(shop, `/api/orders/${orderId}/cancel`, {}, {});
    if (status >= 500) return undefined;
    if (status !== 202 && status !== 409)
      throw new Unexpected(`a cancel was answered ${status} ${JSON.stringify(body)}`);
    return status;
  });
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

async function post(shop: Shop, path: string, body: object, headers: Record<string, string>) {
  const answer = await fetch(`${shop.services.gatewayUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}
