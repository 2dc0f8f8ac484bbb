/** What the simulated provider decides about a charge. */
export type Decided = 'capture' | { readonly declineCode: string };

/** What becomes of a payment method: what is decided, and when the answer comes. */
export interface Fate {
  /** `chance` declines some; `nothing` never decides. */
  readonly decides: Decided | 'chance' | 'nothing';
  /** After how long the answer comes, in ms, once it is decided; infinite for an answer that is lost. */
  readonly answersAfterMs: number;
}

const atOnce = (decides: Fate['decides']): Fate => ({ decides, answersAfterMs: 0 });
const declined = (declineCode: string): Fate => atOnce({ declineCode });

/**
 * The payment methods that the simulated provider knows. `card` is what people pay with who choose nothing, and is
 * declined now and then; the others decide the outcome, so that every path can be tried.
 */
const FATES: Readonly<Record<string, Fate>> = {
  card: atOnce('chance'),
  tok_visa: atOnce('capture'),
  tok_declined: declined('CARD_DECLINED'),
  tok_insufficient_funds: declined('INSUFFICIENT_FUNDS'),
  /** Never answers, and captures nothing. */
  tok_timeout: { decides: 'nothing', answersAfterMs: Number.POSITIVE_INFINITY },
  /** Captures, and never answers: looking it up finds it. */
  tok_lost_answer: { decides: 'capture', answersAfterMs: Number.POSITIVE_INFINITY },
  tok_slow: { decides: 'capture', answersAfterMs: 2000 },
  /** A checkout cannot wait for the customer yet, so a card that asks for them is of no use. */
  tok_requires_action: declined('REQUIRES_ACTION_UNSUPPORTED'),
};

/** The fate of a payment method; one that is not known is declined. */
export function fateOf(method: string): Fate {
  return (Object.hasOwn(FATES, method) ? FATES[method] : undefined) ?? declined('UNKNOWN_METHOD');
}

/** The decline of `chance`. */
export const CHANCE_DECLINE = 'CARD_DECLINED';

const DECLINE_MESSAGES: Readonly<Record<string, string>> = {
  CARD_DECLINED: 'the card was declined',
  INSUFFICIENT_FUNDS: 'the account does not hold enough',
  REQUIRES_ACTION_UNSUPPORTED: 'the bank wants to ask the card holder, which this shop does not support yet',
  UNKNOWN_METHOD: 'the provider does not know this payment method',
  KEY_CLOSED: 'the payment was cancelled before the provider was asked for it',
};

/** What a decline code means, for people. */
export function declineMessage(code: string): string {
  return DECLINE_MESSAGES[code] ?? 'the payment was declined';
}
