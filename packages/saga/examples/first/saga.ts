import { defineSaga } from '@saga-checkout/saga';
import { z } from 'zod';

const trip = z.object({ tripId: z.string() });
const payment = trip.extend({ amount: z.number() });
const booked = z.object({ price: z.number() });
const nothing = z.object({});

// What can be asked of whom: name, destination, what goes there and comes back, and how it may be refused.
export const flight = {
  book: { name: 'flight.book', queue: 'flights', payload: trip, reply: booked, refusals: ['SOLD_OUT'] },
  cancel: { name: 'flight.cancel', queue: 'flights', payload: trip, reply: nothing, refusals: [] },
} as const;
export const card = {
  charge: { name: 'card.charge', queue: 'cards', payload: payment, reply: nothing, refusals: ['DECLINED'] },
  refund: { name: 'card.refund', queue: 'cards', payload: trip, reply: nothing, refusals: [] },
} as const;

// In which order, and how each is taken back.
export const tripSaga = defineSaga('trip', { version: 1, input: trip })
  .step('flight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input }) => input)
  .step('pay', card.charge, ({ input, replies }) => ({ tripId: input.tripId, amount: replies.flight.price }))
  .compensate(card.refund, ({ input }) => input)
  .build();
