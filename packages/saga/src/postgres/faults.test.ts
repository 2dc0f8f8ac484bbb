import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@saga-checkout/database/testing';
import { afterAll, expect, it } from 'vitest';
import { fold } from '../core/evolve.js';
import { hasEnded } from '../core/saga.js';
import { systemClock } from '../runtime/ports.js';
import { Process, TRIP } from '../testing/process.fixture.js';
import { tripInputOf } from '../testing/trip.fixture.js';
import { type Fault, World } from '../testing/world.fixture.js';
import { migrationsFolder, PostgresStore } from './index.js';

const SAGAS = 300;

const quickly = <T extends { readonly retry: object }>(part: T) => ({
  ...part,
  timeoutMs: 150,
  retry: { ...part.retry, initialDelayMs: 5, maxDelayMs: 50 },
});
/** The trip, in a hurry. */
const QUICK = {
  ...TRIP,
  steps: TRIP.steps.map(({ compensation, ...step }) => ({
    ...quickly(step),
    ...(compensation && { compensation: quickly(compensation) }),
  })),
};

const FAULTS: readonly [number, Fault][] = [
  [0.05, 'commandLost'],
  [0.1, 'replyLost'],
  [0.15, 'replyTwice'],
  [0.25, 'failed'],
  [0.3, 'doneButFailed'],
  [0.35, 'notConnected'],
  [0.4, { replyAfterMs: 200 }],
];

/** Four of ten sendings go wrong in one of the ways; the same ones for the same seed. */
function randomFaults(seed: number): () => Fault {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const drawn = state / 2 ** 32;
    return FAULTS.find(([below]) => drawn < below)?.[1] ?? 'none';
  };
}

const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
afterAll(drop);

it('two processes on one database, one of them killed, end every saga whatever goes wrong on the way', {
  timeout: 60_000,
}, async () => {
  const store = new PostgresStore(pool);
  const world = new World();
  world.refuses = ({ sagaId, name }) => (name === 'card.charge' && sagaId < '4' ? 'DECLINED' : undefined);
  const start = (owner: string, seed: number) =>
    new Process(world, store, systemClock, {
      owner,
      definitions: [QUICK],
      sweepMs: 50,
      graceMs: 50,
      fault: randomFaults(seed),
    });
  const [one, other] = [start('a', 1), start('b', 2)];

  const ids = Array.from({ length: SAGAS }, () => randomUUID());
  const request = (sagaId: string) => ({ sagaId, businessKey: sagaId, input: tripInputOf(sagaId) });
  await Promise.all(ids.map((id, index) => (index % 2 ? one : other).runtime.run(QUICK, request(id))));
  const cancelled = ids.filter((_, index) => index % 10 === 0);
  const reason = { kind: 'cancelRequested', reason: 'a test' } as const;
  await Promise.allSettled(cancelled.map((id) => one.runtime.control(id, reason)));
  const completed = async () => (await store.list({ statuses: ['COMPLETED'] })).sagas.length;
  await expect.poll(completed, { timeout: 20_000 }).toBeGreaterThan(20);
  one.kill();
  const again = start('a', 3);

  const ended = await Promise.all(ids.map((id) => again.runtime.ended(id, 30_000)));
  expect(ended.filter((saga) => saga === undefined)).toEqual([]);
  for (const { saga } of await store.load(ids)) {
    expect(hasEnded(saga)).toBe(true);
    const logs = await store.logs(saga.sagaId);
    expect(fold(logs, saga.sagaId)).toEqual(saga);
    expect(world.standing(saga.sagaId)).toHaveLength(saga.status === 'COMPLETED' ? 4 : 0);
  }
  expect(new Set(world.executed).size).toBe(world.executed.length);
  const sent = [one, other, again].flatMap(({ sender }) => sender.sent.map(({ id }) => id));
  expect(new Set(sent).size).toBe(sent.length);
  await Promise.all([other, again].map(({ runtime }) => runtime.stop(1_000)));
});

it('in a quiet run no command is sent twice, and nothing is claimed', async () => {
  const store = new PostgresStore(pool);
  const world = new World();
  const processes = ['c', 'd'].map((owner) => new Process(world, store, systemClock, { owner }));
  const ids = Array.from({ length: 100 }, () => randomUUID());
  const started = ids.map((id, index) =>
    processes[index % 2]?.runtime.run(TRIP, { sagaId: id, businessKey: id, input: tripInputOf(id) }),
  );
  await Promise.all(started);
  const ended = await Promise.all(ids.map((id) => processes[0]?.runtime.ended(id, 10_000)));
  expect(ended.map((saga) => saga?.status)).toEqual(ids.map(() => 'COMPLETED'));
  expect(processes.flatMap(({ sender }) => sender.sent)).toHaveLength(400);
  const { rows } = await pool.query(
    `select count(*)::int as count from saga_logs where event = 'SAGA_CLAIMED' and saga_id = any ($1)`,
    [ids],
  );
  expect(rows).toEqual([{ count: 0 }]);
  await Promise.all(processes.map(({ runtime }) => runtime.stop(1_000)));
});
