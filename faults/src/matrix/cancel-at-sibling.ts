import type { Shop } from '../shop/shop.js';
import type { SagaIds } from './journal.js';

/** How long an orchestrator may take to journal a wish, in ms. */
const PATIENCE_MS = 20_000;

/**
 * Has the orchestrator that is not stopped cancel a checkout.
 *
 * @throws if it is answered otherwise than that it is done, or that it is too late for that.
 */
export async function cancelAtSibling(shop: Shop, { orderId }: SagaIds, stoppedPid: number): Promise<void> {
  const sibling = shop.processes().find(({ service, pid }) => service === 'orchestrator' && pid !== stoppedPid);
  const answer = await fetch(`${sibling?.url}/checkouts/${orderId}/cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'changed my mind' }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await answer.text();
  if (answer.status !== 202 && answer.status !== 409) throw new Error(`a cancel was answered ${answer.status} ${text}`);
}
