import { z } from 'zod';
import { defineSaga } from '../core/builder.js';
import type { RetryOption } from '../core/retry.js';

const of = z.object({ tripId: z.string() });
const nothing = z.object({});

/** Contracts, as an application would declare them: not the shop's, so that the engine's tests know nothing of it. */
export const flight = {
  book: {
    name: 'flight.book',
    queue: 'flights',
    payload: of.extend({ seats: z.number() }),
    reply: z.object({ flightId: z.string(), price: z.number() }),
    refusals: ['SOLD_OUT', 'NO_SUCH_FLIGHT'],
  },
  cancel: {
    name: 'flight.cancel',
    queue: 'flights',
    payload: of.extend({ why: z.string() }),
    reply: nothing,
    refusals: [],
  },
} as const;

export const hotel = {
  book: {
    name: 'hotel.book',
    queue: 'hotels',
    payload: of.extend({ beds: z.number() }),
    reply: z.object({ room: z.string() }),
    refusals: ['NO_ROOM'],
  },
  cancel: { name: 'hotel.cancel', queue: 'hotels', payload: of, reply: nothing, refusals: ['TOO_LATE'] },
} as const;

export const card = {
  charge: {
    name: 'card.charge',
    queue: 'cards',
    payload: of.extend({ amount: z.number() }),
    reply: z.object({ receipt: z.string() }),
    refusals: ['DECLINED'],
  },
  refund: { name: 'card.refund', queue: 'cards', payload: of, reply: nothing, refusals: [] },
} as const;

export const ticket = {
  issue: {
    name: 'ticket.issue',
    queue: 'tickets',
    payload: of.extend({ receipt: z.string() }),
    reply: z.object({ number: z.string() }),
    refusals: ['CLOSED'],
  },
} as const;

export const tripInput = z.object({ tripId: z.string(), seats: z.number() });

export interface TripOptions {
  readonly timeoutMs?: number;
  readonly retry?: RetryOption;
}

/** Book a flight and a hotel, charge the card, issue the ticket: the last is the point of no return. */
export const tripSaga = ({ timeoutMs, retry }: TripOptions = {}) =>
  defineSaga('trip', { version: 1, input: tripInput, ...(timeoutMs !== undefined && { timeoutMs }) })
    .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId, seats: input.seats }), {
      ...(retry !== undefined && { retry }),
    })
    .compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }))
    .step('bookHotel', hotel.book, ({ input }) => ({ tripId: input.tripId, beds: input.seats }))
    .compensate(hotel.cancel, ({ input }) => ({ tripId: input.tripId }))
    .step('chargeCard', card.charge, ({ input, replies }) => ({
      tripId: input.tripId,
      amount: replies.bookFlight.price * input.seats,
    }))
    .compensate(card.refund, ({ input }) => ({ tripId: input.tripId }))
    .step(
      'issueTicket',
      ticket.issue,
      ({ input, replies }) => ({ tripId: input.tripId, receipt: replies.chargeCard.receipt }),
      { pivot: true },
    )
    .build();

export const tripInputOf = (tripId: string) => ({ tripId, seats: 2 });

/** What participants answer when all goes well, by command. */
export const tripReplies: Readonly<Record<string, unknown>> = {
  'flight.book': { flightId: 'LH 1', price: 100 },
  'hotel.book': { room: '12' },
  'card.charge': { receipt: 'r-1' },
  'ticket.issue': { number: 't-1' },
};
