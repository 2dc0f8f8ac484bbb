import { describe, expect, it } from 'vitest';
import { VirtualClock } from './virtual-clock.js';

describe('VirtualClock', () => {
  it('fires timers in the order of their times, and at those times', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const fired: string[] = [];
    clock.after(30, () => fired.push(`c ${clock.now()}`));
    clock.after(10, () => fired.push(`a ${clock.now()}`));
    clock.every(20, () => fired.push(`b ${clock.now()}`));
    await clock.advance(45);
    expect(fired).toEqual(['a 10', 'b 20', 'c 30', 'b 40']);
    expect(clock.now()).toBe(45);
  });

  it('fires timers of the same time in the order in which they were set', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (const each of [1, 2, 3]) clock.after(5, () => fired.push(each));
    await clock.advance(5);
    expect(fired).toEqual([1, 2, 3]);
  });

  it('fires what a timer sets within the same advance, and nothing that was taken back', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    const fired: number[] = [];
    const takeBack = clock.after(8, () => fired.push(-1));
    clock.after(5, () => {
      takeBack();
      clock.after(3, () => fired.push(clock.now()));
    });
    await clock.advance(8);
    expect(fired).toEqual([8]);
  });

  it('lets promises that a timer set going come to rest before the next timer', async () => {
    const clock = new VirtualClock();
    const seen: string[] = [];
    clock.after(1, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push('first, later');
    });
    clock.after(2, () => seen.push('second'));
    await clock.advance(2);
    expect(seen).toEqual(['first, later', 'second']);
  });

  it('passes until a condition holds or a promise is settled, no further', async () => {
    const clock = new VirtualClock({ startAt: 0 });
    clock.every(10, () => {});
    await clock.until(() => clock.now() >= 25);
    expect(clock.now()).toBe(30);
    const later = new Promise((resolve) => clock.after(15, () => resolve('done')));
    expect(await clock.resolved(later)).toBe('done');
    expect(clock.now()).toBe(45);
    await expect(clock.until(() => false, 100)).rejects.toThrow('within 100 ms');
  });

  it('passes over what repeating timers would do while all is quiet, and then fires them as if it had not', async () => {
    let quietUntil = 0;
    const clock = new VirtualClock({ startAt: 0, quietUntil: () => quietUntil });
    const [fired, usual]: [string[], number[]] = [[], []];
    clock.every(10, () => fired.push(`tick ${clock.now()}`));
    clock.every(25, () => usual.push(clock.now()));
    quietUntil = 99;
    clock.after(1_000_001, () => fired.push(`once ${clock.now()}`));
    await clock.advance(120);
    expect(fired).toEqual(['tick 90', 'tick 100', 'tick 110', 'tick 120']);
    expect(usual).toEqual([75, 100]);
    quietUntil = Number.POSITIVE_INFINITY;
    await clock.advance('30d');
    expect(fired.slice(4)).toEqual(['tick 1000000', 'once 1000001', `tick ${2_592_000_120}`]);
    expect(clock.now()).toBe(2_592_000_120);
  });
});
