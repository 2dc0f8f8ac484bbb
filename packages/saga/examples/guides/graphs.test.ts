import { defineSaga } from '@saga-checkout/saga';
import { conversation } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { car, card, flight, hotel, tickets } from '../trip/contracts.ts';

const input = z.object({ tripId: z.string() });

const fork = defineSaga('fork', { version: 1, input })
  .parallel((bookings) =>
    bookings
      .step('flight', flight.book, ({ input }) => input)
      .compensate(flight.cancel, ({ input }) => input)
      .step('hotel', hotel.book, ({ input }) => input)
      .compensate(hotel.cancel, ({ input }) => input),
  )
  .step('pay', card.charge, ({ input, replies }) => ({
    tripId: input.tripId,
    amount: replies.flight.price + replies.hotel.price,
  }))
  .build();

const graph = defineSaga('graph', { version: 1, input })
  .step('flight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input }) => input)
  .step('hotel', hotel.book, ({ input }) => input, { dependsOn: [] })
  .compensate(hotel.cancel, ({ input }) => input)
  // The car is fetched at the airport: it needs the flight, but not the hotel.
  .step('car', car.book, ({ input }) => input, { dependsOn: ['flight'] })
  .compensate(car.cancel, ({ input }) => input)
  .step('pay', card.charge, ({ input, replies }) => ({ tripId: input.tripId, amount: replies.car.price }), {
    dependsOn: ['car', 'hotel'],
  })
  .build();

it('steps of a group start together, and the next step waits for all of them', () => {
  const begun = conversation(fork, { tripId: 't' });
  expect(begun.saga.steps).toMatchObject({ flight: { status: 'RUNNING' }, hotel: { status: 'RUNNING' } });
  const half = begun.expect(hotel.book).reply({ price: 500 });
  expect(half.saga.steps).toMatchObject({ pay: { status: 'PENDING' } });
  half.expect(flight.book).reply({ price: 300 }).expect(card.charge, { tripId: 't', amount: 800 });
});

it('a graph starts each step as soon as those are done that it depends on', () => {
  const begun = conversation(graph, { tripId: 't' });
  const flown = begun.expect(flight.book).reply({ price: 300 });
  expect(flown.saga.steps).toMatchObject({ hotel: { status: 'RUNNING' }, car: { status: 'RUNNING' } });
  flown
    .expect(car.book)
    .reply({ price: 200 })
    .expect(hotel.book)
    .reply({ price: 500 })
    .expect(card.charge, { tripId: 't', amount: 200 });
});

it('one refusal lets the others come to their outcome, and takes back what was done', () => {
  conversation(fork, { tripId: 't' })
    .expect(hotel.book)
    .refuse('SOLD_OUT')
    .expect(flight.book)
    .reply({ price: 300 })
    .expect(flight.cancel)
    .reply({})
    .ends('COMPENSATED', 'SOLD_OUT');
});

it('the compiler knows which replies a step can count on', () => {
  const builder = defineSaga('graph', { version: 1, input })
    .step('flight', flight.book, ({ input }) => input)
    .step('hotel', hotel.book, ({ input }) => input, { dependsOn: [] });
  builder.step('car', car.book, ({ input }) => input, { dependsOn: ['hotel'] });
  const pay = () =>
    builder.step(
      'pay',
      card.charge,
      // @ts-expect-error: the step does not depend on the flight, which may not be booked yet
      ({ input, replies }) => ({ tripId: input.tripId, amount: replies.flight.price }),
      { dependsOn: ['hotel'] },
    );
  expect(pay).not.toThrow();
  // @ts-expect-error: there is no such step
  expect(() => builder.step('car', car.book, ({ input }) => input, { dependsOn: ['boat'] }).build()).toThrow(
    'step car depends on boat, which is no step',
  );
});

it('beside a pivot there is nothing that may fail', () => {
  const risky = defineSaga('risky', { version: 1, input })
    .step('tickets', tickets.issue, ({ input }) => input, { pivot: true })
    .step('car', car.book, ({ input }) => input, { dependsOn: [] });
  expect(() => risky.build()).toThrow('step car may still fail after the pivot tickets has begun');
});
