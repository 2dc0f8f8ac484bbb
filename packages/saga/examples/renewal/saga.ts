import { defineSaga } from '@saga-checkout/saga';
import { z } from 'zod';
import { cards, mails, renewalConfirmed, renewalDeclined, subscriptions } from './contracts.ts';
import { priceOf } from './prices.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const input = z.object({ subscriptionId: z.string(), seats: z.number(), card: z.string() });

/** A reminder, a week to answer it, then the money, tried over days; a subscription that is not paid is suspended. */
export const renewal = defineSaga('renewal', { version: 1, input })
  .step('open', subscriptions.open, ({ input }) => ({ subscriptionId: input.subscriptionId }))
  .compensate(
    subscriptions.suspend,
    ({ input, failure }) => ({ subscriptionId: input.subscriptionId, reason: failure.code }),
    // Who declines has paid for what is left of the year.
    { when: ({ failure }) => failure.code !== renewalDeclined.name },
  )

  .local('price', ({ input }) => ({ amount: priceOf(input.seats) }))

  .step('remind', mails.remind, ({ input, replies }) => ({
    subscriptionId: input.subscriptionId,
    amount: replies.price.amount,
  }))

  // No answer is an answer: the renewal goes on, with the card that we know.
  .waitFor('answer', renewalConfirmed, { refusedBy: [renewalDeclined], timeoutMs: 7 * DAY, onTimeout: 'continue' })

  // Five times in all: at once, and after 8 hours, 1, 3 and 3 days more.
  .step(
    'charge',
    cards.charge,
    ({ input, replies }) => ({
      subscriptionId: input.subscriptionId,
      amount: replies.price.amount,
      card: replies.answer?.card ?? input.card,
    }),
    {
      timeoutMs: 30_000,
      retry: { maxAttempts: 5, initialDelayMs: 8 * HOUR, factor: 3, maxDelayMs: 3 * DAY, jitter: 'none' },
    },
  )
  .compensate(cards.refund, ({ input }) => ({ subscriptionId: input.subscriptionId }))

  .step('extend', subscriptions.extend, ({ input }) => ({ subscriptionId: input.subscriptionId }), { pivot: true })
  .build();
