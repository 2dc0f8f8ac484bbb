/** Whom a customer is like. Codes are those of refusals that they may meet with, besides a passing or a final 503. */
export interface Kind {
  readonly name: string;
  /** How many of a hundred are like that. */
  readonly share: number;
  readonly method: string;
  readonly product: 'plenty' | 'scarce' | 'unknown' | 'dearer';
  readonly refusals: readonly string[];
  /** Whether such an order may be confirmed. */
  readonly mayBeConfirmed: boolean;
  readonly does:
    | 'waits'
    | 'asks twice'
    | 'asks twice without a key'
    | 'goes away and comes back'
    | 'looks later'
    | 'cancels';
}

const plain: Kind = {
  name: 'plain',
  share: 42,
  method: 'tok_visa',
  product: 'plenty',
  refusals: [],
  mayBeConfirmed: true,
  does: 'waits',
};

export const KINDS: readonly Kind[] = [
  plain,
  {
    ...plain,
    name: 'declined',
    share: 8,
    method: 'tok_declined',
    refusals: ['PAYMENT_DECLINED'],
    mayBeConfirmed: false,
  },
  { ...plain, name: 'sold out', share: 6, product: 'scarce', refusals: ['INSUFFICIENT_STOCK'] },
  { ...plain, name: 'unknown', share: 2, product: 'unknown', refusals: ['UNKNOWN_PRODUCT'], mayBeConfirmed: false },
  { ...plain, name: 'dearer', share: 2, product: 'dearer', refusals: ['PRICE_CHANGED'], mayBeConfirmed: false },
  { ...plain, name: 'slow card', share: 8, method: 'tok_slow' },
  { ...plain, name: 'lost answer', share: 3, method: 'tok_lost_answer' },
  { ...plain, name: 'silent card', share: 1, method: 'tok_timeout', mayBeConfirmed: false },
  { ...plain, name: 'twice', share: 8, does: 'asks twice' },
  { ...plain, name: 'twice without a key', share: 5, does: 'asks twice without a key' },
  { ...plain, name: 'impatient', share: 5, does: 'goes away and comes back' },
  { ...plain, name: 'impatient, slow card', share: 2, method: 'tok_slow', does: 'goes away and comes back' },
  { ...plain, name: 'looks later', share: 4, does: 'looks later' },
  { ...plain, name: 'cancels', share: 4, method: 'tok_slow', refusals: ['ORDER_CANCELLED'], does: 'cancels' },
];
