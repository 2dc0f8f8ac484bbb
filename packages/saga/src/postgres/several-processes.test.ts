import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@saga-checkout/database/testing';
import { afterAll, expect, it } from 'vitest';
import { fold } from '../core/evolve.js';
import { hasEnded } from '../core/saga.js';
import { systemClock } from '../runtime/ports.js';
import { Process, type ProcessOptions } from '../testing/process.fixture.js';
import { tripInputOf, tripSaga } from '../testing/trip.fixture.js';
import { World } from '../testing/world.fixture.js';
import { migrationsFolder, PostgresStore } from './index.js';

const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
afterAll(drop);

const PATIENT = tripSaga({ timeoutMs: 60_000 });
/** Gives up waiting for an answer soon, so that a pause matters. */
const HASTY = {
  ...PATIENT,
  steps: PATIENT.steps.map((step) => ({ ...step, timeoutMs: 100, retry: { ...step.retry, initialDelayMs: 5 } })),
} as typeof PATIENT;

const store = new PostgresStore(pool);
const start = (world: World, owner: string, options: ProcessOptions = {}) =>
  new Process(world, store, systemClock, { owner, definitions: [PATIENT], ...options });

/** Runs so many sagas, as many at a time as there are customers, each at the process whose turn it is. */
async function runAll(processOf: (index: number) => Process, count: number, customers: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  let next = 0;
  const customer = async () => {
    for (let index = next++; index < count; index = next++) {
      const { runtime } = processOf(index);
      const sagaId = ids[index] as string;
      await runtime.run(PATIENT, { sagaId, businessKey: sagaId, input: tripInputOf(sagaId) });
      await runtime.ended(sagaId, 20_000);
    }
  };
  await Promise.all(Array.from({ length: customers }, customer));
  return ids;
}

it('three processes send no command twice in a quiet run of thousands of sagas, and claim nothing', {
  timeout: 120_000,
}, async () => {
  const world = new World();
  const processes = ['a', 'b', 'c'].map((owner) => start(world, owner));
  const ids = await runAll((index) => processes[index % 3] as Process, 3_000, 96);
  const sent = processes.flatMap(({ sender }) => sender.sent.map(({ id }) => id));
  expect([sent.length, new Set(sent).size]).toEqual([12_000, 12_000]);
  const text = `select count(*)::int as count from saga_logs where event = 'SAGA_CLAIMED' and saga_id = any ($1)`;
  expect((await pool.query(text, [ids])).rows).toEqual([{ count: 0 }]);
  expect(processes.map(({ runtime }) => runtime.activeCount)).toEqual([0, 0, 0]);
  await Promise.all(processes.map(({ runtime }) => runtime.stop(1_000)));
});

it('three processes of which one or the other is always killed or paused do all sagas, each step once', {
  timeout: 120_000,
}, async () => {
  const world = new World();
  world.refuses = ({ sagaId, name }) => (name === 'card.charge' && sagaId < '4' ? 'DECLINED' : undefined);
  const options = { definitions: [HASTY], sweepMs: 50, graceMs: 50, fault: () => ({ replyAfterMs: 20 }) } as const;
  const processes = ['d', 'e', 'f'].map((owner) => start(world, owner, options));
  const everybody = [...processes];
  let troubles = 0;
  const stopTrouble = systemClock.every(150, () => {
    const index = troubles++ % 3;
    const process = processes[index] as Process;
    if (troubles % 2 === 0) {
      process.kill();
      const again = start(world, 'def'[index] as string, options);
      processes[index] = again;
      everybody.push(again);
    } else {
      process.suspend();
      systemClock.after(300, () => process.resume());
    }
  });
  const sagaIds = Array.from({ length: 600 }, () => randomUUID());
  for (const [index, sagaId] of sagaIds.entries()) {
    const { runtime } = processes[index % 3] as Process;
    void runtime.run(HASTY, { sagaId, businessKey: sagaId, input: tripInputOf(sagaId) }).catch(() => {});
    if (index % 4 === 0) await new Promise<void>((resolve) => systemClock.after(10, resolve));
  }
  const left = async () => (await store.load(sagaIds)).filter(({ saga }) => !hasEnded(saga)).length;
  await expect.poll(left, { timeout: 60_000, interval: 200 }).toBe(0);
  stopTrouble();
  expect(troubles).toBeGreaterThan(6);
  for (const { saga } of await store.load(sagaIds)) {
    expect(fold(await store.logs(saga.sagaId), saga.sagaId)).toEqual(saga);
    expect(world.standing(saga.sagaId)).toHaveLength(saga.status === 'COMPLETED' ? 4 : 0);
  }
  expect(new Set(world.executed).size).toBe(world.executed.length);
  const sent = everybody.flatMap(({ sender }) => sender.sent.map(({ id }) => id));
  expect(new Set(sent).size).toBe(sent.length);
  await Promise.all(processes.map(({ runtime }) => runtime.stop(1_000)));
});
