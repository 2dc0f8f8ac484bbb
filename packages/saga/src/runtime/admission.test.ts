import { beforeEach, describe, expect, it } from 'vitest';
import { type Process, TRIP } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { tripInputOf } from '../testing/trip.fixture.js';

let scene: Scene;
let next: number;
beforeEach(() => {
  [scene, next] = [new Scene(), 0];
});

const start = (options: object = {}) =>
  scene.start({ maxConcurrentSagas: 1_000, fault: () => ({ replyAfterMs: 1_000 }), ...options });

/** How many of so many starts find a place. */
async function admitted({ runtime }: Process, count: number, lane?: string): Promise<number> {
  const starts = Array.from({ length: count }, () => {
    const sagaId = String(next++);
    return runtime.run(TRIP, { sagaId, businessKey: sagaId, input: tripInputOf(''), ...(lane && { lane }) });
  });
  return (await Promise.allSettled(starts)).filter(({ status }) => status === 'fulfilled').length;
}

describe('of the places of a process', () => {
  it.each([
    [1_000, 900],
    [100, 90],
    [10, 9],
    [5, 5],
    [1, 1],
  ])('%i, a lane that is alone can use %i', async (maxConcurrentSagas, places) => {
    expect(await admitted(start({ maxConcurrentSagas }), 2_000)).toBe(places);
  });

  it('one is found by another lane’s first saga, however one floods', async () => {
    const process = start();
    for (let round = 0; round < 10; round++) {
      await admitted(process, 1_000, 'flood');
      expect(await admitted(process, 1, `quiet ${round}`)).toBe(1);
    }
    expect(await admitted(process, 1_000, 'flood')).toBe(0);
  });

  it('some are left by nine that flood at the same time, of which each has as many', async () => {
    const process = start({ maxConcurrentSagas: 200 });
    const had = Array.from({ length: 9 }, () => 0);
    for (let round = 0; round < 450; round++) {
      const lane = round % had.length;
      had[lane] = (had[lane] ?? 0) + (await admitted(process, 1, `flood ${lane}`));
    }
    expect(Math.max(...had) - Math.min(...had)).toBeLessThanOrEqual(1);
    expect(await admitted(process, 1, 'quiet')).toBe(1);
  });

  it('a lane gets its own back when its sagas end', async () => {
    const process = start({ maxConcurrentSagas: 10 });
    expect(await admitted(process, 20, 'a')).toBe(9);
    await scene.clock.advance(10_000);
    expect(process.runtime.activeCount).toBe(0);
    expect(await admitted(process, 20, 'a')).toBe(9);
  });

  it('the refusal says for whom they are kept', async () => {
    const process = start({ maxConcurrentSagas: 10 });
    await admitted(process, 9, 'acme');
    const refused = process.runtime.run(TRIP, { sagaId: 'x', businessKey: 'x', input: tripInputOf(''), lane: 'acme' });
    const message =
      '9 sagas of acme are under way already, and the last 1 places are kept for others; try again in a second';
    await expect(refused).rejects.toMatchObject({ code: 'TOO_MANY_SAGAS', retryAfterMs: 1_000, message });
  });

  it('some are left by those who are taken over, who count in their lane', async () => {
    const before = start({ fault: () => 'commandLost' });
    await admitted(before, 50, 'acme');
    before.kill();
    const after = start({ maxConcurrentSagas: 10 });
    await scene.clock.advance(10);
    expect(after.runtime.activeCount).toBe(9);
    expect(await admitted(after, 1, 'acme')).toBe(0);
    expect(await admitted(after, 1, 'other')).toBe(1);
  });
});
