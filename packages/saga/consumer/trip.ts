/** What somebody outside writes: a saga that is exported, a sender, a store. Compiled and run by src/package.test.ts. */
import {
  type CommandSender,
  defineSaga,
  MemoryStore,
  type Outcome,
  type OutgoingCommand,
  SagaRuntime,
  type SagaState,
  type SagaStore,
} from '@saga-checkout/saga';
import { migrationsFolder, PostgresStore } from '@saga-checkout/saga/postgres';
import { conversation, VirtualClock } from '@saga-checkout/saga/testing';
import { z } from 'zod';

const trip = z.object({ tripId: z.string() });
const nothing = z.object({});

export const flight = {
  book: {
    name: 'flight.book',
    queue: 'flights',
    payload: trip,
    reply: z.object({ price: z.number() }),
    refusals: ['SOLD_OUT'],
  },
  cancel: { name: 'flight.cancel', queue: 'flights', payload: trip, reply: nothing, refusals: [] },
} as const;

export const card = {
  charge: {
    name: 'card.charge',
    queue: 'cards',
    payload: trip.extend({ amount: z.number() }),
    reply: nothing,
    refusals: ['DECLINED'],
  },
} as const;

/** Exported without a type of its own: its declaration has to name what `defineSaga` made of it. */
export const tripSaga = defineSaga('trip', { version: 1, input: trip })
  .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.tripId }))
  .compensate(flight.cancel, ({ input }) => ({ tripId: input.tripId }))
  .local('price', ({ replies }) => ({ amount: replies.bookFlight.price + 1 }))
  .step('chargeCard', card.charge, ({ input, replies }) => ({ tripId: input.tripId, amount: replies.price.amount }))
  .build();

// The compiler knows what a step may not use.
defineSaga('wrong', { version: 1, input: trip })
  // @ts-expect-error: the input has no such field
  .step('bookFlight', flight.book, ({ input }) => ({ tripId: input.nothingOfTheKind }));

const answers: Readonly<Record<string, Outcome>> = {
  'flight.book': { outcome: 'done', data: { price: 100 } },
  'card.charge': { outcome: 'done', data: {} },
};

/** Participants that answer at once. */
class Sender implements CommandSender {
  readonly sent: OutgoingCommand[] = [];
  #listener: (id: string, outcome: Outcome) => void = () => {};

  onReply(listener: (id: string, outcome: Outcome) => void): void {
    this.#listener = listener;
  }

  send(commands: readonly OutgoingCommand[]): void {
    this.sent.push(...commands);
    for (const { id, name } of commands) {
      queueMicrotask(() => this.#listener(id, answers[name] ?? { outcome: 'failed', code: 'UNKNOWN', message: name }));
    }
  }
}

/** Runs a trip to its end. */
export async function runTrip(store: SagaStore): Promise<{ saga: SagaState | undefined; sent: readonly string[] }> {
  const sender = new Sender();
  const runtime = new SagaRuntime({ definitions: [tripSaga], store, sender, owner: 'consumer' });
  runtime.start();
  const sagaId = crypto.randomUUID();
  await runtime.run(tripSaga, { sagaId, businessKey: `trip-${sagaId}`, input: { tripId: '7' } });
  const ended = await runtime.ended(sagaId, 10_000);
  await runtime.stop(10_000);
  return { saga: ended, sent: sender.sent.map(({ name, payload }) => `${name} ${JSON.stringify(payload)}`) };
}

/** As the README tests its saga. */
export function talk(): void {
  conversation(tripSaga, { tripId: '7' })
    .expect(flight.book)
    .reply({ price: 100 })
    .expectLocal('price')
    .reply({ amount: 101 })
    .expect(card.charge, { tripId: '7', amount: 101 })
    .refuse('DECLINED')
    .expect(flight.cancel)
    .reply({})
    .ends('COMPENSATED', 'DECLINED');
}

export const inMemory = (): SagaStore => new MemoryStore();
export const inPostgres = (pool: ConstructorParameters<typeof PostgresStore>[0]): SagaStore => new PostgresStore(pool);
export const clock = new VirtualClock();
export const migrations: URL = migrationsFolder;
