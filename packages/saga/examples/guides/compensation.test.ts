import { defineSaga } from '@saga-checkout/saga';
import { conversation } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { car, card, flight, hotel } from '../trip/contracts.ts';

const input = z.object({ tripId: z.string(), flexible: z.boolean() });
const tripOf = ({ input }: { input: { tripId: string } }) => ({ tripId: input.tripId });

const ordered = defineSaga('ordered', { version: 1, input })
  .step('flight', flight.book, tripOf)
  .compensate(flight.cancel, tripOf)
  .step('hotel', hotel.book, tripOf)
  .compensate(hotel.cancel, tripOf)
  .step('pay', card.charge, ({ input }) => ({ tripId: input.tripId, amount: 800 }))
  .compensate(card.refund, tripOf)
  .step('car', car.book, tripOf)
  .compensate(car.cancel, tripOf)
  // The customer's money first; then in the order in which cancelling becomes dearer.
  .build({ compensationOrder: ['pay', 'flight', 'hotel', 'car'] });

const careful = defineSaga('careful', { version: 1, input })
  .step('flight', flight.book, tripOf, { retry: { maxAttempts: 3 } })
  .compensate(flight.cancel, tripOf, { strategy: 'immediate' })
  .build();

const thrifty = defineSaga('thrifty', { version: 1, input })
  .step('hotel', hotel.book, tripOf)
  .compensate(hotel.cancel, tripOf, {
    // A room that is not flexible costs the same, cancelled or not: leave it to the customer.
    when: ({ input, failure }) => input.flexible || failure.code === 'DECLINED',
  })
  .step('car', car.book, tripOf)
  .build();

const start = { tripId: 't', flexible: false };

it('compensates in the given order', () => {
  conversation(ordered, start)
    .expect(flight.book)
    .reply({ price: 300 })
    .expect(hotel.book)
    .reply({ price: 500 })
    .expect(card.charge)
    .reply({ receipt: 'r' })
    .expect(car.book)
    .refuse('SOLD_OUT')
    .expect(card.refund)
    .reply({})
    .expect(flight.cancel)
    .reply({})
    .expect(hotel.cancel)
    .reply({})
    .ends('COMPENSATED', 'SOLD_OUT');
});

it('an order that leaves a step out is refused when the definition is built', () => {
  const builder = defineSaga('ordered', { version: 1, input }).step('flight', flight.book, tripOf);
  const withCompensation = builder.compensate(flight.cancel, tripOf);
  expect(() => withCompensation.build({ compensationOrder: [] })).toThrow('compensationOrder leaves out flight');
});

it('immediate: a failed attempt is taken back before the next one', () => {
  conversation(careful, start)
    .expect(flight.book)
    .timeOut()
    .expect(flight.cancel)
    .reply({})
    .expect(flight.book)
    .reply({ price: 300 })
    .ends('COMPLETED');
});

it('immediate: a refused attempt did nothing, so nothing is taken back', () => {
  conversation(careful, start).expect(flight.book).refuse('SOLD_OUT').ends('COMPENSATED', 'SOLD_OUT');
});

it('conditional: a step that need not be taken back stays as it is', () => {
  const ended = conversation(thrifty, start)
    .expect(hotel.book)
    .reply({ price: 500 })
    .expect(car.book)
    .refuse('SOLD_OUT')
    .ends('COMPENSATED', 'SOLD_OUT');
  expect(ended.saga.steps.hotel).toMatchObject({ status: 'COMPLETED', kept: true });
});

it('a compensation that exhausts its attempts parks the saga for a person', () => {
  const parked = conversation(thrifty, { ...start, flexible: true })
    .expect(hotel.book)
    .reply({ price: 500 })
    .expect(car.book)
    .refuse('SOLD_OUT')
    .expect(hotel.cancel)
    .failForGood()
    .parks('SOLD_OUT');
  parked.skip('hotel', 'cancelled by phone').ends('COMPENSATED', 'SOLD_OUT');
});
