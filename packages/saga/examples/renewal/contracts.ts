import { z } from 'zod';

const subscription = z.object({ subscriptionId: z.string() });
const priced = subscription.extend({ amount: z.number() });
const plain = { reply: z.object({}), refusals: [] } as const;

export const subscriptions = {
  open: { name: 'subscription.openRenewal', queue: 'subscriptions', payload: subscription, ...plain },
  suspend: {
    name: 'subscription.suspend',
    queue: 'subscriptions',
    payload: subscription.extend({ reason: z.string() }),
    ...plain,
  },
  extend: { name: 'subscription.extend', queue: 'subscriptions', payload: subscription, ...plain },
} as const;

export const mails = {
  remind: { name: 'mail.remind', queue: 'mails', payload: priced, ...plain },
} as const;

export const cards = {
  /** No money on the card today is a failure: tomorrow there may be. A card that was stolen is a refusal. */
  charge: {
    name: 'card.charge',
    queue: 'cards',
    payload: priced.extend({ card: z.string() }),
    reply: z.object({ receipt: z.string() }),
    refusals: ['CARD_BLOCKED'],
  },
  refund: { name: 'card.refund', queue: 'cards', payload: subscription, ...plain },
} as const;

/** The customer wants to go on, with this card. */
export const renewalConfirmed = { name: 'renewal_confirmed', payload: z.object({ card: z.string() }) } as const;
/** The customer wants no more. */
export const renewalDeclined = { name: 'renewal_declined', payload: z.object({}) } as const;
