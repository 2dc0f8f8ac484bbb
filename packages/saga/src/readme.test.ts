import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type CommandSender, defineSaga, MemoryStore, SagaRuntime, systemClock } from './index.js';
import { conversation } from './testing/index.js';
import { FakeSender, World } from './testing/world.fixture.js';

// The examples of the README, which must compile and work: the last test compares them with the text.

const trip = z.object({ tripId: z.string() });
const flight = {
  book: {
    name: 'flight.book',
    queue: 'flights',
    payload: trip,
    reply: z.object({ price: z.number() }),
    refusals: ['SOLD_OUT'],
  },
  cancel: { name: 'flight.cancel', queue: 'flights', payload: trip, reply: z.object({}), refusals: [] },
} as const;
const card = {
  charge: {
    name: 'card.charge',
    queue: 'cards',
    payload: trip.extend({ amount: z.number() }),
    reply: z.object({ receipt: z.string() }),
    refusals: ['DECLINED'],
  },
} as const;

const tripSaga = defineSaga('trip', { version: 1, input: trip })
  .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId }))
  .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId }))
  .step('chargeCard', card.charge, ({ input, replies }) => ({
    tripId: input.tripId,
    amount: replies.bookFlight.price,
  }))
  .build();

async function runs(sender: CommandSender) {
  const runtime = new SagaRuntime({
    definitions: [tripSaga],
    store: new MemoryStore(),
    sender,
    owner: 'orchestrator-1',
  });
  runtime.start();
  await runtime.run(tripSaga, { sagaId: crypto.randomUUID(), businessKey: 'trip-7', input: { tripId: '7' } });
  const record = await runtime.find({ by: 'businessKey', type: 'trip', businessKey: 'trip-7' });
  const ended = record && (await runtime.ended(record.saga.sagaId, 5_000));
  await runtime.stop(10_000);
  return ended;
}

it('runs', async () => {
  const world = new World();
  world.replies.set('flight.book', { price: 100 });
  expect(await runs(new FakeSender(world, systemClock))).toMatchObject({ status: 'COMPLETED' });
});

it('takes the flight back when the card is declined', () => {
  conversation(tripSaga, { tripId: '7' })
    .expect(flight.book)
    .reply({ price: 100 })
    .expect(card.charge, { tripId: '7', amount: 100 })
    .refuse('DECLINED')
    .expect(flight.cancel)
    .reply({})
    .ends('COMPENSATED', 'DECLINED');
});

it('is what the README shows', async () => {
  const plain = (code: string) => code.replace(/^import .*$/gm, '').replace(/\s+/g, '');
  const [readme, here] = await Promise.all(
    ['../README.md', './readme.test.ts'].map((file) => readFile(new URL(file, import.meta.url), 'utf8')),
  );
  const blocks = [...(readme ?? '').matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  expect(blocks.length).toBeGreaterThan(2);
  for (const block of blocks) expect(plain(here ?? '')).toContain(plain(block));
});
