import { conversation } from '@saga-checkout/saga/testing';
import { it } from 'vitest';
import { card, flight, tripSaga } from './saga.ts';

it('cancels the flight when the card is declined', () => {
  conversation(tripSaga, { tripId: 't-7' })
    .expect(flight.book)
    .reply({ price: 300 })
    .expect(card.charge, { tripId: 't-7', amount: 300 })
    .refuse('DECLINED')
    .expect(flight.cancel)
    .reply({})
    .ends('COMPENSATED', 'DECLINED');
});
