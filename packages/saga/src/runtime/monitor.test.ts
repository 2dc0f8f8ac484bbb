import { beforeEach, describe, expect, it } from 'vitest';
import type { Process } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { type MonitorRule, SagaMonitor } from './monitor.js';

let scene: Scene;
let found: string[];
beforeEach(() => {
  scene = new Scene();
  found = [];
});

const MINUTE = 60_000;

/** A monitor that looks every ten seconds. */
function monitor({ runtime, connection }: Process, ...rules: MonitorRule[]): { lines: string[]; stop: () => void } {
  const lines: string[] = [];
  const log = { debug() {}, info: note, warn: note, error: note };
  function note(_: object, message: string) {
    lines.push(message);
  }
  const onFound = ({ sagaId }: { sagaId: string }, { name }: MonitorRule) => void found.push(`${name} ${sagaId}`);
  const options = { runtime, store: connection.store, clock: scene.clock, log, onFound, everyMs: 10_000, rules };
  const watching = new SagaMonitor(options);
  watching.start();
  return { lines, stop: () => watching.stop() };
}

/** A process whose participants never answer, with so many sagas. */
async function stuck(count = 1): Promise<Process> {
  const process = scene.start({ fault: () => 'commandLost' });
  for (let id = 1; id <= count; id++) await scene.run(process, String(id));
  return process;
}

describe('a monitor', () => {
  it('reports what is past the threshold: once, and again if it is still there after as long again', async () => {
    const process = await stuck();
    monitor(process, { name: 'slow', olderThanMs: 5_000, statuses: ['RUNNING'], types: ['trip'], action: 'report' });
    await scene.clock.advance(9_000);
    expect(found).toEqual([]);
    await scene.run(process, 'young');
    await scene.clock.advance(3_000);
    expect(found).toEqual(['slow 1']);
    await scene.clock.advance(8_500);
    expect(found.filter((line) => line === 'slow 1')).toHaveLength(2);
  });

  it('looks only for what the rule says', async () => {
    const process = await stuck();
    const rules = [{ types: ['other'] }, { statuses: ['PAUSED'] }, { olderThanMs: 10 * MINUTE }] as const;
    monitor(process, ...rules.map((rule) => ({ name: 'x', olderThanMs: 1_000, action: 'cancel' as const, ...rule })));
    await scene.clock.advance(15_000);
    expect([found, await scene.count('1', 'SAGA_CANCEL_REQUESTED')]).toEqual([[], 0]);
  });

  it.each(['cancel', 'compensate'] as const)('may %s, and the journal says who did and why', async (action) => {
    const process = scene.start({ fault: ({ name }) => (name === 'hotel.book' ? { replyAfterMs: 4_500 } : 'none') });
    await scene.run(process, '1');
    await scene.clock.advance(2_000);
    monitor(process, { name: 'too slow', olderThanMs: 1_000, action });
    expect(await scene.ended(process, '1')).toMatchObject({ status: 'COMPENSATED', failure: { code: 'CANCELLED' } });
    const asked = (await scene.store.logs('1')).find(({ event }) => event === 'SAGA_CANCEL_REQUESTED');
    const message = 'it was started more than 1000 ms ago';
    expect(asked?.data).toMatchObject({ by: 'monitor:too slow', failure: { message } });
  });

  it('may retry what is parked', async () => {
    scene.world.refusals.set('card.charge', 'DECLINED').set('hotel.cancel', 'TOO_LATE');
    const process = scene.start();
    await scene.run(process, '1');
    await scene.clock.advance(1_000);
    scene.world.refusals.delete('hotel.cancel');
    monitor(process, { name: 'again', statuses: ['COMPENSATION_FAILED'], olderThanMs: MINUTE, action: 'retry' });
    await scene.clock.advance(2 * MINUTE);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPENSATED' });
    const retried = (await scene.store.logs('1')).find(({ event }) => event === 'SAGA_RETRIED');
    expect(retried?.data).toMatchObject({ by: 'monitor:again' });
  });

  it('may have others take it over at once', async () => {
    const process = await stuck();
    const other = scene.start({ owner: 'b' });
    process.kill();
    await scene.clock.advance(2_000);
    expect(other.sender.sent).toEqual([]);
    monitor(other, { name: 'handed over', olderThanMs: 1_000, action: 'recover' });
    await scene.clock.advance(1_000);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPLETED' });
  });

  it('goes through thousands in bounded portions, and forgets none', async () => {
    const process = await stuck(2_345);
    monitor(process, { name: 'all', statuses: ['RUNNING', 'COMPENSATING'], olderThanMs: 1, action: 'report' });
    await scene.clock.advance(1);
    expect(found).toHaveLength(0);
    await scene.clock.advance(10_000);
    expect(found).toHaveLength(1_000);
    await scene.clock.advance(20_000);
    expect(new Set(found).size).toBe(2_345);
  });

  it('does nothing any more once it is stopped, also not about what it has found', async () => {
    const process = await stuck(3);
    const { stop } = monitor(process, { name: 'end', olderThanMs: 1_000, action: 'cancel' });
    process.connection.beforeWrite = (round) => {
      if (round.some(({ logs }) => logs.some(({ event }) => event === 'SAGA_CANCEL_REQUESTED'))) stop();
    };
    await scene.clock.advance(60_000);
    expect(found).toHaveLength(1);
    const cancelled = await Promise.all(['1', '2', '3'].map((id) => scene.count(id, 'SAGA_CANCEL_REQUESTED')));
    expect(cancelled.toSorted()).toEqual([0, 0, 1]);
  });

  it('bears everything: a journal that is away, a listener that throws, a saga that cannot be helped', async () => {
    const process = await stuck();
    const { lines } = monitor(process, { name: 'park', olderThanMs: 1_000, action: 'retry' });
    process.connection.away = true;
    await scene.clock.advance(10_000);
    process.connection.away = false;
    await scene.clock.advance(30_000);
    expect(lines.some((line) => line.includes('could not look'))).toBe(true);
    expect(lines.some((line) => line.includes('found a saga: retry'))).toBe(true);
  });
});
