/**
 * A trip, run for real: `node packages/saga/examples/trip.ts`, after a build. Tells what the journals of two trips say.
 * The participants live in this process, and the journal in its memory; all else is as in production.
 */
import { MemoryStore, SagaRuntime } from '@saga-checkout/saga';
import { done, Participants, refused } from './support/participants.ts';
import { story } from './support/story.ts';
import { car, card, flight, hotel, insurance, tickets } from './trip/contracts.ts';
import { trip } from './trip/saga.ts';

const participants = new Participants()
  .does(flight.book, 300, () => done({ price: 300 }))
  .does(hotel.book, 150, () => done({ price: 500 }))
  .does(car.book, 200, ({ tripId }) =>
    tripId === 't-2' ? refused('SOLD_OUT', 'no car is left') : done({ price: 200 }),
  )
  .does(insurance.buy, 100, () => done({ price: 40 }))
  .does(card.charge, 250, ({ amount }) => done({ receipt: `${amount} paid` }))
  .does(tickets.issue, 100, ({ tripId }) => done({ number: `LH-${tripId}` }))
  .does(flight.cancel, 100, () => done({}))
  .does(hotel.cancel, 100, () => done({}))
  .does(car.cancel, 100, () => done({}))
  .does(insurance.cancel, 100, () => done({}))
  .does(card.refund, 100, () => done({}));

const store = new MemoryStore();
const runtime = new SagaRuntime({ definitions: [trip], store, sender: participants, owner: 'example' });
await runtime.start();

await travel('Everything is there', 't-1', true);
await travel('There is no car: the flight and the hotel are given back', 't-2', false);

await runtime.stop(1_000);

async function travel(title: string, tripId: string, insured: boolean): Promise<void> {
  const sagaId = crypto.randomUUID();
  await runtime.run(trip, { sagaId, businessKey: tripId, input: { tripId, insured } });
  await runtime.ended(sagaId, 10_000);
  console.log(`${title}\n\n${story(trip, await store.logs(sagaId))}\n`);
}
