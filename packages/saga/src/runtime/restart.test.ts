import { beforeEach, describe, expect, it } from 'vitest';
import { defineSaga } from '../core/builder.js';
import { Scene } from '../testing/scene.fixture.js';
import { flight, hotel, ticket, tripInput } from '../testing/trip.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

/** Nothing of it is ever taken back, so that what it did can be built upon. */
const LOOSE = defineSaga('loose', { version: 1, input: tripInput })
  .step('bookFlight', flight.book, ({ input }) => input)
  .step('bookHotel', hotel.book, ({ input }) => ({ tripId: input.tripId, beds: input.seats }))
  .step('issueTicket', ticket.issue, ({ input, replies }) => ({
    tripId: input.tripId,
    receipt: replies.bookFlight.flightId,
  }))
  .build();

const start = (options: object = {}) => scene.start({ definitions: [LOOSE], ...options });
const code = (expected: string) => expect.objectContaining({ code: expected });
const again = { from: 'bookHotel', sagaId: '2', businessKey: 'trip-2', reason: 'rooms again', by: 'ada' };

/** A saga that found no room. */
async function refused(process = start()) {
  scene.world.refusals.set('hotel.book', 'NO_ROOM');
  await scene.run(process, '1', LOOSE);
  await scene.ended(process, '1');
  scene.world.refusals.clear();
  return process;
}

describe('restarting from a step', () => {
  it('begins a new saga with it, for which the steps before count as done', async () => {
    const process = await refused();
    const { created, record } = await scene.clock.resolved(process.runtime.restart('1', again));
    expect([created, record.saga.sagaId, record.saga.businessKey]).toEqual([true, '2', 'trip-2']);
    expect(await scene.ended(process, '2')).toMatchObject({
      status: 'COMPLETED',
      restartedFrom: { sagaId: '1', step: 'bookHotel' },
      steps: { bookFlight: { reply: { flightId: 'LH 1' } } },
    });
    expect(process.sender.names).toEqual(['flight.book', 'hotel.book', 'hotel.book', 'ticket.issue']);
    const [first] = await scene.store.logs('2');
    expect(first?.data).toMatchObject({ reason: 'rooms again', by: 'ada' });
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPENSATED' });
  });

  it('twice gives the same saga', async () => {
    const [one, other] = [await refused(), start({ owner: 'b' })];
    const results = await Promise.all([one, one, other].map(({ runtime }) => runtime.restart('1', again)));
    expect(results.map(({ created }) => created).sort()).toEqual([false, false, true]);
    expect(new Set(results.map(({ record }) => record.saga.sagaId))).toEqual(new Set(['2']));
    expect(await one.runtime.restart('1', { ...again, sagaId: '3' })).toMatchObject({ created: false });
  });

  it('is refused, with the reason, where it cannot be done', async () => {
    const process = await refused();
    await expect(process.runtime.restart('9', again)).rejects.toEqual(code('UNKNOWN_SAGA'));
    await expect(process.runtime.restart('1', { ...again, from: 'dance' })).rejects.toThrow(/has no step dance/);
    const slow = start({ fault: () => 'commandLost' });
    await scene.run(slow, '5', LOOSE);
    await expect(slow.runtime.restart('5', again)).rejects.toThrow(/only an ended one can be restarted/);
    expect(slow.runtime.activeCount).toBe(1);
    process.connection.away = ['logs'];
    await expect(process.runtime.restart('1', again)).rejects.toEqual(code('JOURNAL_UNAVAILABLE'));
  });

  it('takes a place like any other saga', async () => {
    const process = await refused(start({ maxConcurrentSagas: 1, fault: () => ({ replyAfterMs: 100 }) }));
    await scene.run(process, '5', LOOSE);
    await expect(process.runtime.restart('1', again)).rejects.toEqual(code('TOO_MANY_SAGAS'));
  });
});
