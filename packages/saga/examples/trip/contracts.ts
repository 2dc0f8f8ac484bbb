import { z } from 'zod';

// What the participants of a trip can be asked. Each contract: a name, where it goes, and what goes to and fro.

const trip = z.object({ tripId: z.string() });
const booked = z.object({ price: z.number() });
const nothing = z.object({});

const bookable = { payload: trip, reply: booked, refusals: ['SOLD_OUT'] } as const;
const plain = { payload: trip, reply: nothing, refusals: [] } as const;

export const flight = {
  book: { name: 'flight.book', queue: 'flights', ...bookable },
  cancel: { name: 'flight.cancel', queue: 'flights', ...plain },
} as const;

export const hotel = {
  book: { name: 'hotel.book', queue: 'hotels', ...bookable },
  cancel: { name: 'hotel.cancel', queue: 'hotels', ...plain },
} as const;

export const car = {
  book: { name: 'car.book', queue: 'cars', ...bookable },
  cancel: { name: 'car.cancel', queue: 'cars', ...plain },
} as const;

export const insurance = {
  buy: { name: 'insurance.buy', queue: 'insurances', ...plain, reply: booked },
  cancel: { name: 'insurance.cancel', queue: 'insurances', ...plain },
} as const;

const payment = trip.extend({ amount: z.number() });
const receipt = z.object({ receipt: z.string() });

export const card = {
  charge: { name: 'card.charge', queue: 'cards', payload: payment, reply: receipt, refusals: ['DECLINED'] },
  refund: { name: 'card.refund', queue: 'cards', ...plain },
} as const;

export const tickets = {
  issue: { name: 'tickets.issue', queue: 'tickets', ...plain, reply: z.object({ number: z.string() }) },
} as const;
