import { defineSaga, MemoryStore, SagaRuntime } from '@saga-checkout/saga';
import { conversation } from '@saga-checkout/saga/testing';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { done, Participants } from '../support/participants.ts';
import { flight } from '../trip/contracts.ts';

const DAY = 86_400_000;
const input = z.object({ tripId: z.string() });

const approved = { name: 'approved', payload: z.object({ by: z.string() }) } as const;
const rejected = { name: 'rejected', payload: z.object({ by: z.string(), why: z.string() }) } as const;

const business = defineSaga('businessTrip', { version: 1, input })
  .step('flight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input }) => input)
  .waitFor('approval', approved, { refusedBy: [rejected], timeoutMs: 3 * DAY })
  .local('note', ({ replies }) => ({ text: `approved by ${replies.approval.by}` }))
  .build();

const feedback = { name: 'feedback', payload: z.object({ stars: z.number() }) } as const;

const survey = defineSaga('survey', { version: 1, input })
  .waitFor('feedback', feedback, { timeoutMs: 7 * DAY, onTimeout: 'continue' })
  .local('note', ({ replies }) => ({ stars: replies.feedback?.stars ?? null }))
  .build();

const waiting = () => conversation(business, { tripId: 't' }).expect(flight.book).reply({ price: 300 });

it('the saga waits, and goes on with the payload as the reply', () => {
  waiting()
    .awaits(approved, rejected)
    .wait(2 * DAY)
    .signal(approved, { by: 'ada' })
    .expectLocal('note')
    .reply({ text: 'approved by ada' })
    .ends('COMPLETED');
});

it('an event that means no is a refusal, with its name as the code', () => {
  waiting()
    .signal(rejected, { by: 'ada', why: 'too dear' })
    .expect(flight.cancel)
    .reply({})
    .ends('COMPENSATED', 'rejected');
});

it('no event in time fails the saga, or lets it go on', () => {
  waiting()
    .wait(3 * DAY)
    .expect(flight.cancel)
    .reply({})
    .ends('COMPENSATED', 'EVENT_TIMEOUT');
  conversation(survey, { tripId: 't' })
    .wait(7 * DAY)
    .expectLocal('note')
    .reply({ stars: null })
    .ends('COMPLETED');
});

it('an event reaches the saga by its business key, early or late, once', async () => {
  const sender = new Participants().does(flight.book, 0, () => done({ price: 300 }));
  const runtime = new SagaRuntime({ definitions: [business], store: new MemoryStore(), sender, owner: 'guide' });
  await runtime.start();
  const sagaId = crypto.randomUUID();
  await runtime.run(business, { sagaId, businessKey: 't-7', input: { tripId: 't-7' } });

  const saga = { type: 'businessTrip', businessKey: 't-7' };
  await runtime.signal(saga, approved, { by: 'ada' }, { id: 'mail-4711', by: 'the inbox' });

  await runtime.signal(saga, approved, { by: 'ada' }, { id: 'mail-4711', by: 'the inbox' });
  await expect(runtime.signal(sagaId, approved, { by: 'eve' })).rejects.toMatchObject({ code: 'NOT_APPLICABLE' });
  // @ts-expect-error: `by` is missing
  await expect(runtime.signal(sagaId, approved, {})).rejects.toMatchObject({ code: 'INVALID_EVENT' });
  expect(await runtime.ended(sagaId, 5_000)).toMatchObject({ status: 'COMPLETED' });
  await runtime.stop(0);
});
