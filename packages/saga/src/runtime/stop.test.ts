import { beforeEach, describe, expect, it } from 'vitest';
import { type ProcessOptions, TRIP } from '../testing/process.fixture.js';
import { Scene } from '../testing/scene.fixture.js';
import { tripSaga } from '../testing/trip.fixture.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});
const request = { sagaId: '9', businessKey: '9', input: { tripId: '9', seats: 1 } };

describe('a process that stops', () => {
  it('lets what awaits a reply go on, and takes on nothing new', async () => {
    const process = scene.start({ fault: () => ({ replyAfterMs: 100 }) });
    await scene.run(process, '1');
    const stopping = process.runtime.stop(10_000);
    await expect(process.runtime.run(TRIP, request)).rejects.toMatchObject({ code: 'STOPPING' });
    await scene.clock.resolved(stopping);
    expect(await scene.saga('1')).toMatchObject({ status: 'COMPLETED' });
    expect(scene.clock.now() - ((await scene.saga('1'))?.createdAt ?? 0)).toBeLessThan(1_000);
  });

  it('waits no longer than it is told, and hands over what it still holds', async () => {
    const process = scene.start({ fault: () => 'replyLost' });
    await scene.run(process, '1');
    const before = scene.clock.now();
    await scene.clock.resolved(process.runtime.stop(2_000));
    expect(scene.clock.now() - before).toBeLessThanOrEqual(2_020);
    expect(process.runtime.activeCount).toBe(0);
    const other = scene.start({ owner: 'b' });
    await scene.clock.advance(10);
    expect(other.sender.names[0]).toBe('flight.book 2');
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
    await scene.isSound('1');
  });

  it('does not wait for sagas whose retry is far away', async () => {
    const process = scene.start({ fault: () => 'failed' });
    await scene.run(process, '1');
    await scene.clock.until(() => scene.count('1', 'STEP_FAILED').then((count) => count === 1));
    const before = scene.clock.now();
    await scene.clock.resolved(process.runtime.stop(60_000));
    expect(scene.clock.now() - before).toBeLessThan(1_000);
  });

  it('starts nothing that was asked for while it started itself', async () => {
    const process = scene.start();
    const started = process.runtime.run(TRIP, request);
    const stopping = process.runtime.stop(0);
    await expect(scene.clock.resolved(started)).rejects.toMatchObject({ code: 'STOPPING' });
    await scene.clock.resolved(stopping);
    expect(await scene.saga('9')).toBeUndefined();
  });

  it('does nothing any more afterwards', async () => {
    const process = scene.start({ fault: () => 'replyLost' });
    await scene.run(process, '1');
    await scene.clock.resolved(process.runtime.stop(0));
    await scene.clock.advance(600_000);
    expect(process.sender.names).toEqual(['flight.book']);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
  });

  it('hands over what a sweep brings in while it stops', async () => {
    const before = scene.start({ owner: 'b', fault: () => 'replyLost' });
    await scene.run(before, '1');
    before.kill();
    const process = scene.start();
    await scene.clock.advance(5_400);
    let stopping: Promise<void> | undefined;
    process.connection.afterClaim = () => {
      stopping ??= process.runtime.stop(0);
    };
    await scene.clock.until(() => stopping !== undefined);
    await scene.clock.resolved(stopping as Promise<void>);
    expect([process.sender.names, process.runtime.activeCount]).toEqual([[], 0]);
    const other = scene.start({ owner: 'c' });
    await scene.clock.advance(300);
    expect(other.sender.names[0]).toBe('flight.book 2');
  });

  it('hands over what is being journaled when the time is up', async () => {
    const process = scene.start();
    await scene.run(process, '1');
    let write: (() => void) | undefined;
    process.connection.beforeWrite = () =>
      new Promise((resolve) => {
        write ??= resolve;
      });
    await scene.clock.until(() => write !== undefined);
    await scene.clock.resolved(process.runtime.stop(100));
    write?.();
    const other = scene.start({ owner: 'b' });
    await scene.clock.advance(300);
    expect(other.sender.sent).not.toEqual([]);
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
    await scene.isSound('1');
  });

  it('does not hand over what nobody has to look at for long', async () => {
    const slow = tripSaga({ retry: { initialDelayMs: 20_000, jitter: 'none' } });
    const options: ProcessOptions = { definitions: [slow], fault: () => 'failed' };
    const process = scene.start(options);
    await scene.run(process, '1', slow);
    let write: (() => void) | undefined;
    process.connection.beforeWrite = () =>
      new Promise((resolve) => {
        write ??= resolve;
      });
    await scene.clock.until(() => write !== undefined);
    await scene.clock.resolved(process.runtime.stop(100));
    write?.();
    scene.start({ ...options, owner: 'b' });
    await scene.clock.advance(5_000);
    expect(await scene.count('1', 'STEP_FAILED')).toBe(1);
    expect(await scene.count('1', 'SAGA_CLAIMED')).toBe(0);
  });

  it('stops although the journal is away; its sagas go on when they are due', async () => {
    const process = scene.start();
    await scene.run(process, '1');
    process.connection.away = true;
    await scene.clock.resolved(process.runtime.stop(1_000));
    expect(process.lines.some((line) => line.includes('could not hand sagas over'))).toBe(true);
    const other = scene.start({ owner: 'b' });
    expect(await scene.ended(other, '1')).toMatchObject({ status: 'COMPLETED' });
    await scene.isSound('1');
  });

  it('can be told twice', async () => {
    const process = scene.start({ fault: () => 'replyLost' });
    await scene.run(process, '1');
    const first = process.runtime.stop(60_000);
    await scene.clock.resolved(process.runtime.stop(0));
    await scene.clock.resolved(first, 1_000);
  });
});
