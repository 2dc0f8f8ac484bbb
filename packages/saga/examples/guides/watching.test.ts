import { failureOf, MemoryStore, SagaMonitor, SagaRuntime } from '@saga-checkout/saga';
import { expect, it } from 'vitest';
import { done, Participants, refused } from '../support/participants.ts';
import { car, card, flight, hotel } from '../trip/contracts.ts';
import { trip } from '../trip/saga.ts';

const DAY = 86_400_000;

it('a runtime tells what happens, counts it, and lists sagas', async () => {
  const sender = new Participants()
    .does(flight.book, 0, () => done({ price: 300 }))
    .does(hotel.book, 0, () => done({ price: 500 }))
    .does(car.book, 0, () => done({ price: 200 }))
    .does(card.charge, 0, () => refused('DECLINED', 'no money'))
    .does(flight.cancel, 0, () => done({}))
    .does(car.cancel, 0, () => done({}));
  // hotel.cancel is missing, so that nobody can take the hotel back.
  const hotelForEver = trip.steps.map((step) => {
    const retry = { maxAttempts: 1, initialDelayMs: 1, factor: 1, maxDelayMs: 1, jitter: 'none' } as const;
    return step.compensation ? { ...step, compensation: { ...step.compensation, retry } } : step;
  });
  const store = new MemoryStore();
  const definitions = [{ ...trip, steps: hotelForEver }];
  const runtime = new SagaRuntime({ definitions, store, sender, owner: 'guide' });
  const pages: string[] = [];
  const call = (text: string) => pages.push(text);
  const parked = new Promise<void>((resolve) => runtime.on('sagaParked', () => resolve()));

  runtime.on('sagaParked', (saga, { step }) => {
    const code = failureOf(saga)?.code;
    call(`${saga.type} ${saga.businessKey}: ${step} cannot be taken back (${code}); somebody must look`);
  });

  await runtime.start();
  const sagaId = crypto.randomUUID();
  await runtime.run(trip, { sagaId, businessKey: 't-1', input: { tripId: 't-1', insured: false } });
  await parked;
  expect(pages).toEqual(['trip t-1: hotel cannot be taken back (DECLINED); somebody must look']);

  const [trips] = runtime.statistics().definitions;

  expect(trips).toMatchObject({ type: 'trip', started: 1, completed: 0, parked: 1 });
  expect(trips?.steps.pay).toMatchObject({ started: 1, refused: 1 });

  const page = await store.list({ statuses: ['COMPENSATION_FAILED'], createdAfter: Date.now() - DAY, limit: 100 });

  expect(page.sagas).toMatchObject([{ businessKey: 't-1', currentStep: 'hotel', failure: { code: 'DECLINED' } }]);

  const found: string[] = [];
  const monitor = new SagaMonitor({
    runtime,
    store,
    everyMs: 60_000,
    rules: [
      { name: 'forgotten', statuses: ['COMPENSATION_FAILED', 'PAUSED'], olderThanMs: 7 * DAY, action: 'report' },
      { name: 'stuck', statuses: ['RUNNING'], types: ['trip'], olderThanMs: DAY, action: 'cancel' },
    ],
    onFound: (saga, rule) => found.push(`${rule.name}: ${saga.businessKey}`),
  });
  monitor.start();

  await monitor.look();
  expect(found).toEqual([]);
  monitor.stop();
  await runtime.stop(0);
});
