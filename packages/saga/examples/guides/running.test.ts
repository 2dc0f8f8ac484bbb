import { defineSaga, MemoryStore, SagaError, SagaRuntime } from '@saga-checkout/saga';
import { afterEach, expect, it } from 'vitest';
import { z } from 'zod';
import { done, Participants } from '../support/participants.ts';
import { flight } from '../trip/contracts.ts';

const input = z.object({ tripId: z.string() });
const trip = defineSaga('trip', { version: 1, input })
  .step('flight', flight.book, ({ input }) => input)
  .build();

const runtimes: SagaRuntime[] = [];
afterEach(async () => {
  await Promise.all(runtimes.splice(0).map((runtime) => runtime.stop(0)));
});

async function start(takesMs: number, store = new MemoryStore(), owner = 'orchestrator-1'): Promise<SagaRuntime> {
  const sender = new Participants().does(flight.book, takesMs, () => done({ price: 300 }));

  const runtime = new SagaRuntime({
    definitions: [trip],
    store,
    sender,
    owner,
    maxConcurrentSagas: 10,
  });
  await runtime.start();

  runtimes.push(runtime);
  return runtime;
}

it('a request that is repeated finds the saga that it started', async () => {
  const runtime = await start(0);

  const { created, record } = await runtime.run(trip, {
    sagaId: crypto.randomUUID(),
    businessKey: 't-7',
    input: { tripId: 't-7' },
    idempotency: { scope: 'customer-12', key: 'the request', fingerprint: 'a hash of its content' },
  });
  const ended = await runtime.ended(record.saga.sagaId, 5_000);

  expect([created, ended?.status]).toEqual([true, 'COMPLETED']);
  const again = { sagaId: crypto.randomUUID(), businessKey: 't-7', input: { tripId: 't-7' } };
  expect(await runtime.run(trip, again)).toMatchObject({ created: false, record: { saga: { status: 'COMPLETED' } } });
});

it('a lane that floods leaves places for others, and is told when to come back', async () => {
  const runtime = await start(60_000);
  const run = (number: number, lane: string) => {
    const key = `${lane}-${number}`;
    return runtime.run(trip, { sagaId: crypto.randomUUID(), businessKey: key, input: { tripId: key }, lane });
  };
  for (let number = 0; number < 9; number++) await run(number, 'tenant-1');
  const refused = await run(9, 'tenant-1').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(SagaError);
  expect(refused).toMatchObject({ code: 'TOO_MANY_SAGAS', retryAfterMs: 1_000 });
  expect(await run(0, 'tenant-2')).toMatchObject({ created: true });
});

it('a saga with a start time waits for it in the journal', async () => {
  const runtime = await start(0);
  const tomorrow = Date.now() + 86_400_000;
  const request = { sagaId: crypto.randomUUID(), businessKey: 't-8', input: { tripId: 't-8' }, startsAt: tomorrow };
  const { record } = await runtime.run(trip, request);
  expect(record).toMatchObject({ owner: null, saga: { status: 'WAITING', startsAt: tomorrow } });
  expect(runtime.activeCount).toBe(0);
});

it('what a process hands over when it stops, another one brings to its end', async () => {
  const store = new MemoryStore();
  const first = await start(60_000, store);
  const { record } = await first.run(trip, {
    sagaId: crypto.randomUUID(),
    businessKey: 't-9',
    input: { tripId: 't-9' },
  });
  await first.stop(0);
  const second = await start(0, store, 'orchestrator-2');
  expect(await second.ended(record.saga.sagaId, 5_000)).toMatchObject({ status: 'COMPLETED' });
});
