import { defineSaga, MemoryStore, SagaRuntime } from '@saga-checkout/saga';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { done, Participants, refused } from '../support/participants.ts';
import { card, flight, hotel } from '../trip/contracts.ts';

const input = z.object({ tripId: z.string() });
const approved = { name: 'approved', payload: z.object({}) };

const trip = defineSaga('trip', { version: 1, input })
  .waitFor('approval', approved)
  .step('flight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input }) => input)
  .step('hotel', hotel.book, ({ input }) => input)
  .compensate(hotel.cancel, ({ input }) => input)
  .step('pay', card.charge, ({ input, replies }) => ({ tripId: input.tripId, amount: replies.flight.price }))
  .compensate(card.refund, ({ input }) => input)
  .build();

let canCancel: boolean;
let isSolvent: boolean;
let runtime: SagaRuntime;
let store: MemoryStore;
let sagaId: string;

beforeEach(async () => {
  canCancel = true;
  isSolvent = true;
  const sender = new Participants()
    .does(flight.book, 0, () => done({ price: 300 }))
    .does(flight.cancel, 0, () => done({}))
    .does(hotel.book, 0, () => done({ price: 500 }))
    .does(hotel.cancel, 0, () =>
      canCancel ? done({}) : { outcome: 'failed', code: 'CLOSED', message: 'nobody is there at night' },
    )
    .does(card.charge, 0, () => (isSolvent ? done({ receipt: 'r' }) : refused('DECLINED', 'no money')));
  store = new MemoryStore();
  const quick = { maxAttempts: 2, initialDelayMs: 1, factor: 1, maxDelayMs: 1, jitter: 'none' } as const;
  const steps = trip.steps.map((step) =>
    step.compensation ? { ...step, compensation: { ...step.compensation, retry: quick } } : step,
  );
  runtime = new SagaRuntime({ definitions: [{ ...trip, steps }], store, sender, owner: 'guide' });
  await runtime.start();
  sagaId = crypto.randomUUID();
  await runtime.run(trip, { sagaId, businessKey: 't-1', input: { tripId: 't-1' } });
});
afterEach(() => runtime.stop(0));

const approve = () => runtime.signal(sagaId, approved, {});

async function parked(): Promise<void> {
  [canCancel, isSolvent] = [false, false];
  const told = new Promise<void>((resolve) => runtime.on('sagaParked', () => resolve()));
  await approve();
  await told;
}

it('a person cancels a saga: it is taken back, and the journal says who wanted it, and why', async () => {
  const saga = await runtime.control(sagaId, {
    kind: 'cancelRequested',
    reason: 'the customer called',
    by: 'ada@example.org',
  });
  expect(saga).toMatchObject({ status: 'COMPENSATED', failure: { code: 'CANCELLED' } });
  const entries = await store.logs(sagaId);
  expect(entries.find(({ event }) => event === 'SAGA_CANCEL_REQUESTED')?.data).toMatchObject({ by: 'ada@example.org' });
});

it('a person pauses a saga, and resumes it', async () => {
  const who = { by: 'ada@example.org', reason: 'the hotel is moving' };
  expect(await runtime.control(sagaId, { kind: 'pause', ...who })).toMatchObject({ status: 'PAUSED' });
  await approve();
  expect((await runtime.find({ by: 'id', sagaId }))?.saga.status).toBe('PAUSED');
  await runtime.control(sagaId, { kind: 'resume', ...who });
  expect(await runtime.ended(sagaId, 5_000)).toMatchObject({ status: 'COMPLETED' });
});

it('a person settles a step by hand, and gives the reply that later steps need', async () => {
  await runtime.control(sagaId, {
    kind: 'skip',
    step: 'flight',
    reason: 'booked by phone',
    by: 'ada@example.org',
    reply: { price: 280 },
  });
  await approve();
  expect(await runtime.ended(sagaId, 5_000)).toMatchObject({ status: 'COMPLETED' });
});

it('a person has a parked saga tried again', async () => {
  await parked();
  canCancel = true;
  await runtime.control(sagaId, { kind: 'retry', reason: 'the hotel is open again', by: 'ada@example.org' });
  expect(await runtime.ended(sagaId, 5_000)).toMatchObject({ status: 'COMPENSATED', failure: { code: 'DECLINED' } });
});

it('a person settles a compensation by hand', async () => {
  await parked();
  await runtime.control(sagaId, { kind: 'skip', step: 'hotel', reason: 'cancelled by fax', by: 'ada@example.org' });
  expect(await runtime.ended(sagaId, 5_000)).toMatchObject({ steps: { hotel: { status: 'SKIPPED', settled: true } } });
});

it('a person starts an ended saga anew from a step of it', async () => {
  await approve();
  await runtime.ended(sagaId, 5_000);
  const { record } = await runtime.restart(sagaId, {
    from: 'pay',
    sagaId: crypto.randomUUID(),
    businessKey: 't-1, paid again',
    reason: 'the receipt was lost',
    by: 'ada@example.org',
  });
  expect(await runtime.ended(record.saga.sagaId, 5_000)).toMatchObject({
    status: 'COMPLETED',
    restartedFrom: { sagaId, step: 'pay' },
  });
});

it('what cannot be done is refused, with the reason', async () => {
  await expect(runtime.control(sagaId, { kind: 'resume' })).rejects.toMatchObject({
    code: 'NOT_APPLICABLE',
    message: 'the saga is WAITING, not paused',
  });
});
