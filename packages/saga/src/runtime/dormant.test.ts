import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../core/builder.js';
import { TRIP } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { flight, tripInput, tripInputOf, tripSaga } from '../testing/trip.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const HOUR = 3_600_000;
const paid = { name: 'paid', payload: z.object({}) } as const;
const DEPOSIT = defineSaga('deposit', { version: 1, input: tripInput })
  .waitFor('awaitMoney', paid, { timeoutMs: 24 * HOUR })
  .step('bookFlight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }))
  .build();

/** Sweeps are rare, because hours pass here. */
const start = (options: object = {}) => scene.start({ definitions: [DEPOSIT, TRIP], sweepMs: 60_000, ...options });
const record = (sagaId: string) => scene.store.find({ by: 'id', sagaId });

describe('a saga that waits for long', () => {
  it('is nobody’s, in no process’s memory, and nobody’s work', async () => {
    const process = start();
    const { record: first } = await scene.run(process, '1', DEPOSIT);
    expect([first.owner, process.runtime.activeCount]).toEqual([null, 0]);
    expect(await record('1')).toMatchObject({ owner: null, saga: { status: 'WAITING' } });
    await scene.clock.advance(HOUR);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
  });

  it('is taken over by any process when its time has come', async () => {
    const before = start();
    await scene.run(before, '1', DEPOSIT);
    before.kill();
    start({ owner: 'b' });
    await scene.clock.advance(24 * HOUR - 1);
    expect(await scene.saga('1')).toMatchObject({ status: 'WAITING' });
    await scene.clock.advance(60_100);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'EVENT_TIMEOUT' } });
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(1);
  });

  it('is woken by an event, in the process that gets it, without being claimed', async () => {
    const [one, other] = [start(), start({ owner: 'b' })];
    await scene.run(one, '1', DEPOSIT);
    const state = await scene.clock.resolved(other.runtime.signal('1', paid, {}));
    expect([state.status, other.runtime.activeCount]).toEqual(['RUNNING', 1]);
    expect(await record('1')).toMatchObject({ owner: 'b' });
    expect(await scene.ended(one, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(other.sender.names).toEqual(['flight.book']);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
  });

  it('is woken by a person, too', async () => {
    const process = start();
    await scene.run(process, '1', DEPOSIT);
    await scene.clock.resolved(process.runtime.control('1', { kind: 'cancelRequested', reason: 'enough' }));
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'CANCELLED' } });
  });

  it('takes no place, also not one of its lane', async () => {
    const process = start({ maxConcurrentSagas: 2 });
    for (let id = 0; id < 100; id++) await scene.run(process, String(id), DEPOSIT);
    expect(process.runtime.activeCount).toBe(0);
    expect(await process.runtime.counts()).toEqual([{ type: 'deposit', version: 1, status: 'WAITING', count: 100 }]);
  });

  it('because its next attempt is far away, is sent again in time', async () => {
    const slow = tripSaga({ retry: { initialDelayMs: 60_000, maxDelayMs: 60_000, jitter: 'none' } });
    const process = start({
      definitions: [slow],
      fault: ({ attempt }: { attempt: number }) => (attempt === 1 ? 'failed' : 'none'),
    });
    await scene.run(process, '1', slow);
    await scene.clock.advance(100);
    expect(process.runtime.activeCount).toBe(0);
    await scene.clock.advance(120_000);
    expect(process.sender.names.slice(0, 2)).toEqual(['flight.book', 'flight.book 2']);
  });
});

describe('a saga with a start time', () => {
  const delayed = (startsAt: number) => ({ sagaId: '1', businessKey: '1', input: tripInputOf('1'), startsAt });

  it('begins then, whoever is there, and its start does not count before', async () => {
    const before = start();
    await before.runtime.run(TRIP, delayed(scene.clock.now() + HOUR));
    before.kill();
    const after = start({ owner: 'b' });
    await scene.clock.advance(HOUR - 1);
    expect([before.sender.sent, after.sender.sent]).toEqual([[], []]);
    expect(await scene.ended(after, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(after.sender.names[0]).toBe('flight.book');
    const [trip] = after.runtime.statistics().definitions.filter(({ type }) => type === 'trip');
    expect(trip?.durations?.maxMs).toBeLessThan(1_000);
  });

  it('begins at the first sweep, however many have the same one', async () => {
    const process = start();
    const startsAt = scene.clock.now() + 59_000;
    const ids = Array.from({ length: 450 }, (_, index) => String(index));
    for (const id of ids)
      await process.runtime.run(TRIP, { sagaId: id, businessKey: id, input: tripInputOf(id), startsAt });
    await scene.clock.advance(60_500);
    expect(new Set(process.sender.sent.map(({ sagaId }) => sagaId)).size).toBe(450);
  });

  it('that is near waits in the process that started it', async () => {
    const process = start();
    await process.runtime.run(TRIP, delayed(scene.clock.now() + 2_000));
    expect(process.runtime.activeCount).toBe(1);
    await scene.clock.advance(1_990);
    expect(process.sender.sent).toEqual([]);
    await scene.clock.advance(60);
    expect(process.sender.names[0]).toBe('flight.book');
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
  });

  it('that is past begins at once', async () => {
    const process = start();
    await process.runtime.run(TRIP, delayed(scene.clock.now() - 1));
    expect(process.sender.names).toEqual(['flight.book']);
  });
});

describe('a paused saga', () => {
  const pause = { kind: 'pause', by: 'ada' } as const;
  const resume = { kind: 'resume', by: 'ada' } as const;

  it('gets the answer that was under way, and goes on with it when it is resumed elsewhere', async () => {
    const [one, other] = [start({ fault: () => ({ replyAfterMs: 100 }) }), start({ owner: 'b' })];
    await scene.run(one, '1');
    await scene.clock.resolved(one.runtime.control('1', pause));
    await scene.clock.advance(1_000);
    expect(await scene.saga('1')).toMatchObject({ status: 'PAUSED', steps: { bookFlight: { status: 'COMPLETED' } } });
    expect(one.sender.names).toEqual(['flight.book']);
    expect([one.runtime.activeCount, (await record('1'))?.owner]).toEqual([0, null]);
    await scene.clock.resolved(other.runtime.control('1', resume));
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(other.sender.names).toEqual(['hotel.book', 'card.charge', 'ticket.issue']);
  });

  it('leaves the memory when the answer does not come', async () => {
    const process = start({ fault: ({ attempt }: { attempt: number }) => (attempt === 1 ? 'replyLost' : 'none') });
    await scene.run(process, '1');
    await scene.clock.resolved(process.runtime.control('1', pause));
    await scene.clock.advance(4_900);
    expect(process.runtime.activeCount).toBe(1);
    await scene.clock.advance(200);
    expect(process.runtime.activeCount).toBe(0);
    await scene.clock.advance(HOUR);
    expect(process.sender.names).toEqual(['flight.book']);
    await scene.clock.resolved(process.runtime.control('1', resume));
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    await scene.isSound('1');
  });
});
