import type { LineItem } from '@saga-checkout/shared-types';

/** Lines summed per product and sorted, since the same products are the same request in any order. */
export function canonical(items: readonly LineItem[]): string {
  const sums = new Map<string, number>();
  for (const { productId, quantity, price } of items) {
    const key = `${productId} at ${price}`;
    sums.set(key, (sums.get(key) ?? 0) + quantity);
  }
  return [...sums]
    .map(([key, quantity]) => `${quantity} of ${key}`)
    .sort()
    .join(', ');
}

/** How many units of one product an order wants, over all its lines. */
export type Wanted = readonly [productId: string, quantity: number];

/** In the order of the products' ids, which is also the order in which a repository gives the lines back. */
export function sumByProduct(items: readonly LineItem[]): readonly Wanted[] {
  const sums = new Map<string, number>();
  for (const { productId, quantity } of items) sums.set(productId, (sums.get(productId) ?? 0) + quantity);
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1));
}
