import { randomUUID } from 'node:crypto';

/** One line of a cart. */
export interface Line {
  readonly productId: string;
  readonly quantity: number;
  readonly price: string;
}

export interface Cart {
  readonly userId: string;
  readonly items: readonly Line[];
  readonly payment?: { readonly method?: string; readonly provider?: string };
  readonly currency?: string;
}

/** Products that every seeded shop has. */
export const BACKPACK = { id: '660facf7-b9cf-417a-8ee1-27afe2fb2c72', price: '29.99', units: 100_000 } as const;
export const LIMITED = { id: 'dda60f33-8dfd-4da2-96c8-1a029d72725a', price: '19.99', units: 5 } as const;

/** A customer whom nobody has seen before. */
export const someone = (): string => `user-${randomUUID().slice(0, 13)}`;

/** Some units of a product. */
export const line = ({ id, price }: { id: string; price: string }, quantity = 1): Line => ({
  productId: id,
  quantity,
  price,
});

/** A cart of a new customer, who pays by a card that is never declined. */
export function cartOf(items: readonly Line[], method = 'tok_visa'): Cart {
  return { userId: someone(), items, payment: { method } };
}
