import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@saga-checkout/database/testing';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { fold } from '../core/evolve.js';
import type { SagaStatus } from '../core/saga.js';
import { systemClock } from '../runtime/ports.js';
import { Process, type ProcessOptions } from '../testing/process.fixture.js';
import { tripInputOf, tripSaga } from '../testing/trip.fixture.js';
import { World } from '../testing/world.fixture.js';
import { migrationsFolder, PostgresStore } from './index.js';

const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
const store = new PostgresStore(pool);
const SAGAS = 200;
/** Each of both must have been first for so many of them at least. */
const FAIR = SAGAS / 50;
const retry = { kind: 'retry', reason: 'it works again', by: 'ada' } as const;

/** The trip, whose compensations are waited for so long, and come again within so long; in ms. */
function tripWith(timeoutMs: number, delayMs: number) {
  const trip = tripSaga({ timeoutMs: 600_000 });
  const hasty = {
    timeoutMs,
    retry: { maxAttempts: 100, initialDelayMs: delayMs, factor: 1, maxDelayMs: delayMs, jitter: 'full' },
  };
  const steps = trip.steps.map((step) =>
    'compensation' in step && step.compensation ? { ...step, compensation: { ...step.compensation, ...hasty } } : step,
  );
  return { ...trip, steps } as typeof trip;
}
type Trip = ReturnType<typeof tripWith>;

let running: Process[] = [];
afterEach(async () => {
  await Promise.all(running.map(({ runtime }) => runtime.stop(1_000)));
  running = [];
});
afterAll(drop);

function start(world: World, owner: string, definition: Trip, options: ProcessOptions = {}): Process {
  const process = new Process(world, store, systemClock, { owner, definitions: [definition], ...options });
  running.push(process);
  return process;
}

async function begin({ runtime }: Process, definition: Trip): Promise<string[]> {
  const ids = Array.from({ length: SAGAS }, () => randomUUID());
  await Promise.all(
    ids.map((sagaId) => runtime.run(definition, { sagaId, businessKey: sagaId, input: tripInputOf(sagaId) })),
  );
  return ids;
}

async function untilAll(ids: readonly string[], status: SagaStatus): Promise<void> {
  const others = async () => (await store.load(ids)).filter(({ saga }) => saga.status !== status).length;
  await expect.poll(others, { timeout: 60_000, interval: 20 }).toBe(0);
}

/** Who came first to each saga: whoever retried it by hand, or whoever swept it. */
async function firstIn(sagaId: string): Promise<string | undefined> {
  const events = (await store.logs(sagaId)).map(({ event }) => event);
  return events.find((event) => event === 'SAGA_RETRIED' || event === 'SAGA_CLAIMED');
}

/** The journal tells what the row says; the world has nothing left of it, and did nothing twice. */
async function expectSound(world: World, ids: readonly string[]): Promise<void> {
  for (const { saga } of await store.load(ids)) {
    expect(fold(await store.logs(saga.sagaId), saga.sagaId)).toEqual(saga);
    expect(world.standing(saga.sagaId)).toEqual([]);
  }
  expect(new Set(world.executed).size).toBe(world.executed.length);
}

const sentBy = (processes: readonly Process[]) => processes.flatMap(({ sender }) => sender.sent.map(({ id }) => id));

describe('an operator’s retry against the sweep of another process', { timeout: 120_000 }, () => {
  it('of sagas that await their next attempt, whose process has died: one of them goes on, and sends once', async () => {
    const definition = tripWith(2_000, 3_000);
    const world = new World();
    world.refusals.set('card.charge', 'DECLINED');
    const dead = start(world, 'c', definition, {
      fault: ({ name }) => (name === 'hotel.cancel' ? 'failed' : 'none'),
    });
    const ids = await begin(dead, definition);
    await expect.poll(() => dead.sender.names.filter((name) => name === 'hotel.cancel').length).toBe(SAGAS);
    await untilAll(ids, 'COMPENSATING');
    dead.kill();
    running = [];
    const sweeping = start(world, 'b', definition, { sweepMs: 20, graceMs: 0 });
    const operated = start(world, 'a', definition, { sweepMs: 600_000 });
    const due = await dueTimes(ids);
    // The sweep comes when they are due; the operator a little before, or a little after.
    const asked = ids.map((sagaId, number) => {
      const inMs = (due.get(sagaId) ?? 0) - systemClock.now() + ((number % 11) - 5) * 20;
      const ask = () =>
        operated.runtime.control(sagaId, retry).then(
          () => true,
          () => false,
        );
      return new Promise<boolean>((resolve) => systemClock.after(Math.max(0, inMs), () => resolve(ask())));
    });
    const applied = await Promise.all(asked);
    await untilAll(ids, 'COMPENSATED');
    await expectSound(world, ids);
    const sent = sentBy([dead, sweeping, operated]);
    expect(new Set(sent).size).toBe(sent.length);

    const first = await Promise.all(ids.map(firstIn));
    for (const [number, sagaId] of ids.entries()) {
      const retried = (await store.logs(sagaId)).filter(({ event }) => event === 'SAGA_RETRIED').length;
      expect(retried).toBe(applied[number] ? 1 : 0);
    }
    for (const event of ['SAGA_RETRIED', 'SAGA_CLAIMED'])
      expect(first.filter((each) => each === event).length).toBeGreaterThanOrEqual(FAIR);
  });

  it('of parked sagas, by two operators, while answers come as late as the sweep: each ends, retried as often as was said', async () => {
    const definition = tripWith(50, 20);
    const world = new World();
    world.refusals.set('card.charge', 'DECLINED').set('hotel.cancel', 'TOO_LATE');
    const late = {
      fault: ({ name }: { name: string }) => (name === 'hotel.cancel' ? { replyAfterMs: 50 } : 'none'),
    } as const;
    const one = start(world, 'd', definition, { ...late, sweepMs: 10, graceMs: 0 });
    const other = start(world, 'e', definition, { ...late, sweepMs: 10, graceMs: 0 });
    const ids = await begin(one, definition);
    await untilAll(ids, 'COMPENSATION_FAILED');
    const claimsBefore = await claims(ids);
    world.refusals.delete('hotel.cancel');

    const asked = await Promise.all(
      ids.map((sagaId) => Promise.allSettled([one, other].map(({ runtime }) => runtime.control(sagaId, retry)))),
    );
    await untilAll(ids, 'COMPENSATED');
    await expectSound(world, ids);
    for (const [number, sagaId] of ids.entries()) {
      const retried = (await store.logs(sagaId)).filter(({ event }) => event === 'SAGA_RETRIED').length;
      expect(retried).toBe(asked[number]?.filter(({ status }) => status === 'fulfilled').length);
      expect(retried).toBeGreaterThanOrEqual(1);
    }
    expect((await claims(ids)) - claimsBefore).toBeGreaterThanOrEqual(FAIR);
  });
});

/** When each is looked at again, in epoch ms. */
async function dueTimes(ids: readonly string[]): Promise<Map<string, number>> {
  const text = 'select saga_id as id, due_at as at from saga_state where saga_id = any ($1)';
  const { rows } = await pool.query<{ id: string; at: Date }>(text, [ids]);
  return new Map(rows.map(({ id, at }) => [id, at.getTime()]));
}

async function claims(ids: readonly string[]): Promise<number> {
  const text = `select count(*)::int as n from saga_logs where event = 'SAGA_CLAIMED' and saga_id = any ($1)`;
  const { rows } = await pool.query<{ n: number }>(text, [ids]);
  return rows[0]?.n ?? 0;
}
