import { createHash } from 'node:crypto';
import { type CheckoutBody, totalMinor } from '@saga-checkout/shared-types';

/**
 * Says whether two checkouts mean the same: the same user, the same quantity and cost of each product in whatever order
 * the lines stand, the same way to pay. SHA-256 in hex.
 */
export function fingerprintOf({ userId, items, payment, currency }: CheckoutBody): string {
  const products = new Map<string, CheckoutBody['items'][number][]>();
  for (const line of items) products.set(line.productId, [...(products.get(line.productId) ?? []), line]);
  const lines = [...products]
    .map(([id, of]) => `${id} ${of.reduce((sum, { quantity }) => sum + quantity, 0)} ${totalMinor(of)}`)
    .sort();
  const text = JSON.stringify([userId, lines, payment.provider, payment.method, currency]);
  return createHash('sha256').update(text).digest('hex');
}
