import {
  changesBetween,
  defineSaga,
  fingerprintOf,
  MemoryStore,
  type SagaDefinition,
  SagaRuntime,
  shapeOf,
} from '@saga-checkout/saga';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { done, Participants } from '../support/participants.ts';
import { flight, hotel } from '../trip/contracts.ts';

const input = z.object({ tripId: z.string() });

const trip1 = defineSaga('trip', { version: 1, input })
  .step('flight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input }) => input)
  .build();

const trip2 = defineSaga('trip', { version: 2, input })
  .step('flight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input }) => input)
  .step('hotel', hotel.book, ({ input }) => input)
  .compensate(hotel.cancel, ({ input }) => input)
  .build();

const news = { name: 'news', payload: z.object({}) };
const waiting = defineSaga('waiting', { version: 1, input }).waitFor('news', news).build();

function process(store: MemoryStore, definitions: readonly SagaDefinition[]): SagaRuntime {
  const sender = new Participants()
    .does(flight.book, 0, () => done({ price: 300 }))
    .does(hotel.book, 0, () => done({ price: 500 }));
  return new SagaRuntime({ definitions, store, sender, owner: 'guide' });
}

it('two versions stand side by side: each saga ends under the one that it began with', async () => {
  const runtime = process(new MemoryStore(), [trip1, trip2]);
  await runtime.start();
  const ids = [crypto.randomUUID(), crypto.randomUUID()] as const;
  await runtime.run(trip1, { sagaId: ids[0], businessKey: 't-1', input: { tripId: 't-1' } });
  await runtime.run(trip2, { sagaId: ids[1], businessKey: 't-2', input: { tripId: 't-2' } });
  const ended = await Promise.all(ids.map((id) => runtime.ended(id, 5_000)));
  expect(ended.map((saga) => Object.keys(saga?.steps ?? {}))).toEqual([['flight'], ['flight', 'hotel']]);

  const left = await runtime.counts();
  expect(left).toEqual([]);
  await runtime.stop(0);
});

it('a process without a definition leaves its sagas alone, and names them', async () => {
  const store = new MemoryStore();
  const first = process(store, [trip1, waiting]);
  await first.start();
  await first.run(waiting, { sagaId: crypto.randomUUID(), businessKey: 't-1', input: { tripId: 't-1' } });
  await first.stop(0);
  const second = process(store, [trip1]);
  await second.start();
  expect(await second.missingDefinitions()).toEqual([{ type: 'waiting', version: 1, count: 1 }]);
  await second.stop(0);
});

it('a changed definition is refused while a saga of it is under way', async () => {
  const store = new MemoryStore();
  const first = process(store, [waiting]);
  await first.start();
  await first.run(waiting, { sagaId: crypto.randomUUID(), businessKey: 't-1', input: { tripId: 't-1' } });
  await first.stop(0);
  const changed = defineSaga('waiting', { version: 1, input }).waitFor('other', news).build();
  const refused = await process(store, [changed]).start().then(String, String);
  expect(refused).toContain(
    'definitions were changed while sagas of them are under way. waiting version 1: step news is',
  );
  expect(refused).toContain('Give the changed definition another version, and keep the former one beside it');
});

it('what was changed is said in words', () => {
  const before = shapeOf(trip1);
  const changed = defineSaga('trip', { version: 1, input })
    .step('flight', flight.book, ({ input }) => input, { timeoutMs: 60_000 })
    .compensate(flight.cancel, ({ input }) => input, { strategy: 'immediate' })
    .build();
  expect(changesBetween(before, shapeOf(changed))).toEqual(['step flight: immediate was absent, now true']);
  expect(changesBetween(before, shapeOf(trip2))).toEqual(['step hotel is new']);
});

it('timeouts, retries and payload functions are not part of the shape', () => {
  const patient = defineSaga('trip', { version: 1, input })
    .step('flight', flight.book, () => ({ tripId: 'x' }), { timeoutMs: 60_000, retry: 'forever' })
    .compensate(flight.cancel, ({ input }) => input)
    .build();
  expect(fingerprintOf(shapeOf(patient))).toBe(fingerprintOf(shapeOf(trip1)));
});
