import { defineSaga, MemoryStore, RetentionJob, SagaRuntime } from '@saga-checkout/saga';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';

const DAY = 86_400_000;
const trip = defineSaga('trip', { version: 1, input: z.object({ name: z.string() }) })
  .local('note', ({ input }) => ({ noted: input.name }))
  .build();

beforeEach(() => vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => vi.useRealTimers());

it('what an ended saga carried is dropped, its keys and its outcome stay for a while', async () => {
  const store = new MemoryStore();
  const runtime = new SagaRuntime({ definitions: [trip], store, sender: { send() {}, onReply() {} }, owner: 'guide' });
  await runtime.start();
  const sagaId = crypto.randomUUID();
  await runtime.run(trip, { sagaId, businessKey: 't-1', input: { name: 'Ada' } });
  await runtime.ended(sagaId, 5_000);
  await runtime.stop(0);
  const find = () => store.find({ by: 'businessKey', type: 'trip', businessKey: 't-1' });

  vi.setSystemTime(Date.now() + 31 * DAY);

  const job = new RetentionJob({ store, keepMs: 30 * DAY, keepKeysMs: 365 * DAY });
  job.start();

  await vi.waitFor(async () => expect(await find()).toHaveProperty('prunedAt'));
  expect(await find()).toMatchObject({ saga: { status: 'COMPLETED', input: null, steps: {} } });
  expect(await store.logs(sagaId)).toEqual([]);

  vi.setSystemTime(Date.now() + 365 * DAY);
  await vi.waitFor(async () => {
    await job.prune();
    expect(await find()).toBeUndefined();
  });
  job.stop();
});
