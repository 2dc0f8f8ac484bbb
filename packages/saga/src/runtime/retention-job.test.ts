import { beforeEach, describe, expect, it } from 'vitest';
import type { Process } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { RetentionJob, type RetentionJobOptions } from './retention-job.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

const [MINUTE, DAY] = [60_000, 86_400_000];

function retention({ connection }: Process, options: Partial<RetentionJobOptions> = {}) {
  const warnings: string[] = [];
  const log = { debug() {}, info() {}, warn: (_: object, message: string) => void warnings.push(message), error() {} };
  const times = { keepMs: 10 * MINUTE, keepKeysMs: 30 * MINUTE, everyMs: MINUTE };
  const keeping = new RetentionJob({ store: connection.store, clock: scene.clock, log, ...times, ...options });
  keeping.start();
  return { keeping, warnings };
}

/** Sweeps are rare, because time passes quickly here. */
const start = () => scene.start({ sweepMs: MINUTE });
const record = (sagaId: string) => scene.store.find({ by: 'id', sagaId });

async function ended(count: number) {
  const process = start();
  for (let id = 1; id <= count; id++) await scene.run(process, String(id));
  for (let id = 1; id <= count; id++) await scene.ended(process, String(id));
  return process;
}

describe('what is kept of a saga that has ended', () => {
  it('is everything at first, then its keys and outcome, then nothing', async () => {
    const process = await ended(1);
    retention(process);
    await scene.clock.advance(9 * MINUTE);
    expect(await scene.store.logs('1')).not.toEqual([]);
    await scene.clock.advance(3 * MINUTE);
    expect(await scene.store.logs('1')).toEqual([]);
    expect(await record('1')).toMatchObject({ saga: { status: 'COMPLETED', businessKey: 'trip-1' } });
    expect(await scene.run(process, '1')).toMatchObject({ created: false });
    await scene.clock.advance(20 * MINUTE);
    expect(await record('1')).toBeUndefined();
  });

  it('cannot be started from any more', async () => {
    const process = await ended(1);
    retention(process);
    await scene.clock.advance(12 * MINUTE);
    const again = process.runtime.restart('1', { from: 'bookHotel', sagaId: '2', businessKey: '2' });
    await expect(again).rejects.toMatchObject({ code: 'NOT_APPLICABLE', message: expect.stringContaining('pruned') });
  });

  it('are never the keys without the rest', async () => {
    const process = await ended(1);
    retention(process, { keepKeysMs: 0 });
    await scene.clock.advance(9 * MINUTE);
    expect(await scene.store.logs('1')).not.toEqual([]);
  });

  it('is left as it is by a job that is stopped between two batches', async () => {
    const process = await ended(2);
    await scene.clock.advance(11 * MINUTE);
    const { keeping } = retention(process, { batch: 1, pauseMs: 1_000 });
    await scene.clock.advance(500);
    keeping.stop();
    await scene.clock.advance(MINUTE);
    const left = [await scene.store.logs('1'), await scene.store.logs('2')].filter((logs) => logs.length > 0);
    expect(left).toHaveLength(1);
  });

  it('is deleted in batches, with a pause between them', async () => {
    const process = await ended(25);
    let batches: number[] = [];
    const prune: RetentionJobOptions['store']['prune'] = async (request) => {
      const result = await scene.store.prune(request);
      batches.push(result.pruned);
      return result;
    };
    retention(process, { store: { prune }, batch: 10, pauseMs: 1_000 });
    await scene.clock.advance(9 * MINUTE);
    batches = [];
    await scene.clock.until(() => batches.some((pruned) => pruned > 0));
    const before = scene.clock.now();
    await scene.clock.until(() => batches.filter((pruned) => pruned > 0).length === 3);
    expect(batches.filter((pruned) => pruned > 0)).toEqual([10, 10, 5]);
    expect(scene.clock.now() - before).toBe(2_000);
  });
});

it('nothing is ever deleted of a saga that has not ended', async () => {
  scene.world.refusals.set('card.charge', 'DECLINED').set('hotel.cancel', 'TOO_LATE');
  const process = start();
  await scene.run(process, '1');
  await scene.clock.advance(1_000);
  const before = await scene.store.logs('1');
  retention(process, { keepMs: 0, keepKeysMs: 0, everyMs: DAY });
  await scene.clock.advance(10 * DAY);
  expect(await scene.store.logs('1')).toEqual(before);
  expect(await scene.saga('1')).toMatchObject({ status: 'COMPENSATION_FAILED', input: { tripId: '1' } });
});

it('while the journal is away nothing is deleted, later everything; and nothing once it is stopped', async () => {
  const process = await ended(1);
  const { keeping, warnings } = retention(process);
  process.connection.away = true;
  await scene.clock.advance(12 * MINUTE);
  expect([warnings.length > 0, (await scene.store.logs('1')).length > 0]).toEqual([true, true]);
  process.connection.away = false;
  await scene.clock.advance(2 * MINUTE);
  expect(await scene.store.logs('1')).toEqual([]);
  keeping.stop();
  await scene.clock.advance(DAY);
  expect(await record('1')).toBeDefined();
});
