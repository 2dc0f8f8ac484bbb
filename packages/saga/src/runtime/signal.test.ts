import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../core/builder.js';
import { Scene } from '../testing/scene.fixture.js';
import { flight, hotel, tripInput } from '../testing/trip.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const paid = { name: 'paid', payload: z.object({ amount: z.number() }) } as const;
const declined = { name: 'declined', payload: z.object({ why: z.string() }) } as const;

/** Book a flight, wait for the money, book the hotel. */
const DEPOSIT = defineSaga('deposit', { version: 1, input: tripInput })
  .step('bookFlight', flight.book, ({ input }) => input)
  .compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }))
  .waitFor('awaitMoney', paid, { refusedBy: [declined], timeoutMs: 3_600_000 })
  .step('bookHotel', hotel.book, ({ input, replies }) => ({ tripId: input.tripId, beds: replies.awaitMoney.amount }))
  .build();

const start = (options: object = {}) => scene.start({ definitions: [DEPOSIT], ...options });
const code = (expected: string) => expect.objectContaining({ code: expected });
const money = { amount: 2 };

async function waiting(process = start()) {
  await scene.run(process, '1', DEPOSIT);
  await scene.clock.advance(100);
  return process;
}

describe('an event', () => {
  it('lets the saga that waits for it go on', async () => {
    const process = await waiting();
    const state = await scene.clock.resolved(process.runtime.signal('1', paid, money));
    expect(state.steps.awaitMoney).toMatchObject({ status: 'COMPLETED', reply: money });
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(process.sender.names).toEqual(['flight.book', 'hotel.book']);
  });

  it('can be sent by the saga’s business key, and by the event’s name', async () => {
    const process = await waiting();
    await scene.clock.resolved(process.runtime.signal({ type: 'deposit', businessKey: 'trip-1' }, 'paid', money));
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
  });

  it('that comes early is kept', async () => {
    const process = start({ fault: () => ({ replyAfterMs: 500 }) });
    await scene.run(process, '1', DEPOSIT);
    await scene.clock.resolved(process.runtime.signal('1', paid, money));
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPLETED' });
  });

  it('that means no takes back what was done', async () => {
    const process = await waiting();
    await scene.clock.resolved(process.runtime.signal('1', declined, { why: 'broke' }));
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'declined' } });
  });

  it('that breaks its contract leaves nothing behind', async () => {
    const process = await waiting();
    const before = await scene.store.logs('1');
    await expect(process.runtime.signal('1', 'paid', { amount: 'much' })).rejects.toEqual(code('INVALID_EVENT'));
    await expect(process.runtime.signal('1', 'paid', { amount: 'much' })).rejects.toThrow(/amount/);
    expect(await scene.store.logs('1')).toEqual(before);
  });

  it('is received once under the same id, also after the end', async () => {
    const process = await waiting();
    const signal = () => process.runtime.signal('1', paid, money, { id: 'e-1', by: 'the bank' });
    const states = await scene.clock.resolved(Promise.all([signal(), signal(), signal()]));
    expect(states.map(({ steps }) => steps.awaitMoney?.status)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    await scene.ended(process, '1');
    expect(await signal()).toMatchObject({ status: 'COMPLETED' });
    expect(await scene.count('1', 'EVENT_RECEIVED')).toBe(1);
    const received = (await scene.store.logs('1')).find(({ event }) => event === 'EVENT_RECEIVED');
    expect(received?.data).toMatchObject({ id: 'e-1', by: 'the bank' });
  });

  it('that nobody waits for, or any more, is refused with the reason', async () => {
    const process = await waiting();
    await scene.clock.resolved(process.runtime.signal('1', paid, money));
    await scene.ended(process, '1');
    await expect(process.runtime.signal('1', paid, money)).rejects.toThrow(/ended: COMPLETED/);
    await expect(process.runtime.signal('1', 'lottery won', {})).rejects.toEqual(code('NOT_APPLICABLE'));
    await expect(process.runtime.signal('2', paid, money)).rejects.toEqual(code('UNKNOWN_SAGA'));
    const unknown = process.runtime.signal({ type: 'deposit', businessKey: 'x' }, paid, money);
    await expect(unknown).rejects.toThrow('no saga of type deposit with the business key x');
  });

  it('reaches a saga that another process runs, and its answers reach that one', async () => {
    const [one, other] = [start({ fault: () => ({ replyAfterMs: 500 }) }), start({ owner: 'b' })];
    await scene.run(one, '1', DEPOSIT);
    await scene.clock.resolved(other.runtime.signal('1', paid, money));
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(one.sender.names).toEqual(['flight.book', 'hotel.book']);
    expect(other.sender.names).toEqual([]);
  });

  it('makes the saga the process’s own if that has something to run for it', async () => {
    const hasty = defineSaga('hasty', { version: 1, input: tripInput })
      .waitFor('awaitMoney', paid, { timeoutMs: 5_000 })
      .local('count', () => new Promise((resolve) => scene.clock.after(1_000, () => resolve({}))))
      .build();
    const [one, other] = [start({ definitions: [hasty] }), start({ definitions: [hasty], owner: 'b' })];
    await scene.run(one, '1', hasty);
    await scene.clock.resolved(other.runtime.signal('1', paid, money));
    expect((await scene.store.find({ by: 'id', sagaId: '1' }))?.owner).toBe('b');
    expect(await scene.ended(one, '1')).toMatchObject({ status: 'COMPLETED' });
    expect(await scene.count('1', 'STEP_RETRIED')).toBe(0);
  });
});
