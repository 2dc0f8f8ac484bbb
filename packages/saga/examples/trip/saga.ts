import { defineSaga } from '@saga-checkout/saga';
import { z } from 'zod';
import { car, card, flight, hotel, insurance, tickets } from './contracts.ts';

const input = z.object({ tripId: z.string(), insured: z.boolean() });

/** Flight, hotel and car side by side; insurance if wanted; then the money; then the tickets, from which no way leads back. */
export const trip = defineSaga('trip', { version: 1, input })
  .parallel((bookings) =>
    bookings
      .step('flight', flight.book, ({ input }) => ({ tripId: input.tripId }))
      .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId }))
      .step('hotel', hotel.book, ({ input }) => ({ tripId: input.tripId }))
      .compensate(hotel.cancel, ({ input }) => ({ tripId: input.tripId }))
      .step('car', car.book, ({ input }) => ({ tripId: input.tripId }))
      .compensate(car.cancel, ({ input }) => ({ tripId: input.tripId })),
  )
  .step('insurance', insurance.buy, ({ input }) => ({ tripId: input.tripId }), { when: ({ input }) => input.insured })
  .compensate(insurance.cancel, ({ input }) => ({ tripId: input.tripId }))
  .step('pay', card.charge, ({ input, replies: { flight, hotel, car, insurance } }) => ({
    tripId: input.tripId,
    amount: flight.price + hotel.price + car.price + (insurance?.price ?? 0),
  }))
  .compensate(card.refund, ({ input }) => ({ tripId: input.tripId }))
  .step('tickets', tickets.issue, ({ input }) => ({ tripId: input.tripId }), { pivot: true })
  .build();
