import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@saga-checkout/database/testing';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineSaga } from '../core/builder.js';
import { fold } from '../core/evolve.js';
import { systemClock } from '../runtime/ports.js';
import { Process, type ProcessOptions } from '../testing/process.fixture.js';
import { flight, hotel, tripInput, tripInputOf } from '../testing/trip.fixture.js';
import { World } from '../testing/world.fixture.js';
import { migrationsFolder, PostgresStore } from './index.js';

const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
afterAll(drop);
const store = new PostgresStore(pool);

const paid = { name: 'paid', payload: z.object({ beds: z.number() }) } as const;
const DEPOSIT = defineSaga('deposit', { version: 1, input: tripInput })
  .parallel((group) =>
    group
      .step('bookFlight', flight.book, ({ input }) => input)
      .compensate(flight.cancel, ({ input, failure }) => ({ tripId: input.tripId, why: failure.code }))
      .local('quote', ({ input }) => ({ price: input.seats * 7 })),
  )
  .waitFor('awaitMoney', paid, { timeoutMs: 3_600_000 })
  .step('bookHotel', hotel.book, ({ input, replies }) => ({ tripId: input.tripId, beds: replies.awaitMoney.beds }))
  .build();

const processes: Process[] = [];
const start = (owner: string, options: ProcessOptions = {}) => {
  const process = new Process(new World(), store, systemClock, {
    owner,
    definitions: [DEPOSIT],
    sweepMs: 50,
    ...options,
  });
  processes.push(process);
  return process;
};
afterAll(() => Promise.all(processes.map(({ runtime }) => runtime.stop(0))));

let sagaId: string;
beforeEach(() => {
  sagaId = randomUUID();
});
const request = (more: object = {}) => ({
  sagaId,
  businessKey: sagaId,
  input: tripInputOf(sagaId),
  lane: 'acme',
  ...more,
});
const status = async () => (await store.find({ by: 'id', sagaId }))?.saga.status;

/** Its journal tells how it came to be as it is. */
async function isSound(): Promise<void> {
  const [record] = await store.load([sagaId]);
  expect(fold(await store.logs(sagaId), sagaId)).toEqual(record?.saga);
}

describe('in Postgres', () => {
  it('a saga runs steps side by side, some in the process itself, waits as nobody’s, and is woken elsewhere', async () => {
    const [one, other] = [start('a'), start('b')];
    await one.runtime.run(DEPOSIT, request());
    await expect.poll(status).toBe('WAITING');
    expect(await store.find({ by: 'id', sagaId })).toMatchObject({ owner: null, saga: { lane: 'acme' } });
    await expect.poll(() => one.runtime.activeCount).toBe(0);
    await isSound();
    const signal = () => other.runtime.signal({ type: 'deposit', businessKey: sagaId }, paid, { beds: 2 }, { id: 'e' });
    await Promise.all([signal(), signal()]);
    expect(await one.runtime.ended(sagaId, 5_000)).toMatchObject({ status: 'COMPLETED' });
    expect(await signal()).toMatchObject({ status: 'COMPLETED', steps: { quote: { reply: { price: 14 } } } });
    expect(other.sender.names).toEqual(['hotel.book']);
    await isSound();
  });

  it('a saga begins at its start time, in whichever process is there then', async () => {
    const before = start('c');
    const { record } = await before.runtime.run(DEPOSIT, request({ startsAt: Date.now() + 11_000 }));
    before.kill();
    expect(record.owner).toBeNull();
    // Time that passes in the database only: its clock says when a saga is due.
    await pool.query(
      `update saga_state set due_at = now(), context = context || '{"startsAt": 1}' where saga_id = $1`,
      [sagaId],
    );
    const after = start('d');
    await expect.poll(() => after.sender.names).toEqual(['flight.book']);
  });

  it('a saga is paused in one process and resumed in another', async () => {
    const [one, other] = [start('e', { fault: () => ({ replyAfterMs: 100 }) }), start('f')];
    await one.runtime.run(DEPOSIT, request());
    await other.runtime.control(sagaId, { kind: 'pause', by: 'ada' });
    await expect.poll(async () => (await store.find({ by: 'id', sagaId }))?.owner).toBeNull();
    expect(await status()).toBe('PAUSED');
    await isSound();
    await other.runtime.control(sagaId, { kind: 'resume' });
    await expect.poll(status).toBe('WAITING');
    await isSound();
  });

  it('a saga begins anew from a step of one that has ended', async () => {
    const process = start('g');
    await process.runtime.run(DEPOSIT, request());
    await process.runtime.signal(sagaId, paid, { beds: 1 });
    await process.runtime.ended(sagaId, 5_000);
    const again = { from: 'bookHotel', sagaId: randomUUID(), businessKey: randomUUID() };
    await process.runtime.restart(sagaId, again);
    const source = sagaId;
    sagaId = again.sagaId;
    expect(await process.runtime.ended(sagaId, 5_000)).toMatchObject({
      status: 'COMPLETED',
      lane: 'acme',
      restartedFrom: { sagaId: source, step: 'bookHotel' },
    });
    expect(process.sender.names).toEqual(['flight.book', 'hotel.book', 'hotel.book']);
    await isSound();
  });
});
