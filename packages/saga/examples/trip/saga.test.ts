import { conversation } from '@saga-checkout/saga/testing';
import { describe, it } from 'vitest';
import { car, card, flight, hotel, insurance, tickets } from './contracts.ts';
import { trip } from './saga.ts';

const booked = (insured: boolean) =>
  conversation(trip, { tripId: 't-7', insured })
    .expect(flight.book)
    .reply({ price: 300 })
    .expect(hotel.book)
    .reply({ price: 500 })
    .expect(car.book)
    .reply({ price: 200 });

describe('a trip', () => {
  it('is paid once all three are booked, and then has its tickets', () => {
    booked(false)
      .expect(card.charge, { tripId: 't-7', amount: 1000 })
      .reply({ receipt: 'r-1' })
      .expect(tickets.issue)
      .reply({ number: 'LH 42' })
      .ends('COMPLETED');
  });

  it('is insured only for those who want it', () => {
    booked(true).expect(insurance.buy).reply({ price: 40 }).expect(card.charge, { tripId: 't-7', amount: 1040 });
  });

  it('gives the flight and the hotel back if there is no car', () => {
    conversation(trip, { tripId: 't-7', insured: false })
      .expect(flight.book)
      .reply({ price: 300 })
      .expect(car.book)
      .refuse('SOLD_OUT')
      // What is under way is awaited: it may be done, and then it must be taken back.
      .expect(hotel.book)
      .reply({ price: 500 })
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'SOLD_OUT');
  });

  it('gives everything back if the card is declined, the latest first', () => {
    booked(true)
      .expect(insurance.buy)
      .reply({ price: 40 })
      .expect(card.charge)
      .refuse('DECLINED')
      .expect(insurance.cancel)
      .reply({})
      .expect(car.cancel)
      .reply({})
      .expect(hotel.cancel)
      .reply({})
      .expect(flight.cancel)
      .reply({})
      .ends('COMPENSATED', 'DECLINED');
  });

  it('is not taken back any more once the tickets are asked for: they are asked for until they come', () => {
    const issuing = booked(false).expect(card.charge).reply({ receipt: 'r-1' });
    issuing
      .expect(tickets.issue)
      .timeOut()
      .expect(tickets.issue)
      .fail()
      .expect(tickets.issue)
      .reply({ number: 'LH 42' })
      .ends('COMPLETED');
  });
});
