import type { LineItem } from '@saga-checkout/shared-types';

/** A business "no", as it is answered and recorded. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

export function unknownProduct(productId: string): Refusal {
  return { code: 'UNKNOWN_PRODUCT', message: `there is no product ${productId}`, details: { productId } };
}

/** The catalog's price and currency are not those that the customer saw. */
export function priceChanged(
  { productId, price }: LineItem,
  currency: string,
  current: { readonly price: string; readonly currency: string },
): Refusal {
  const message = `product ${productId} costs ${current.price} ${current.currency}, not ${price} ${currency}`;
  const details = { productId, price, currentPrice: current.price, currentCurrency: current.currency };
  return { code: 'PRICE_CHANGED', message, details };
}

export function insufficientStock(productId: string, requested: number, available: number): Refusal {
  const message = `${requested} of product ${productId} were asked for, ${available} are available`;
  return { code: 'INSUFFICIENT_STOCK', message, details: { productId, requested, available } };
}
