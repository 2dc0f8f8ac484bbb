import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batcher, BatcherFullError } from './batcher.js';

/** A flush that waits until the test lets it go on. */
function gated() {
  const rounds: number[][] = [];
  const gates: (() => void)[] = [];
  const flush = async (items: readonly number[]) => {
    rounds.push([...items]);
    await new Promise<void>((resolve) => gates.push(resolve));
    return items.map((item) => item * 10);
  };
  const started = async (count: number) => {
    while (rounds.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { rounds, flush, started, open: () => gates.shift()?.() };
}

describe('Batcher', () => {
  it('takes everything of one turn into one round, in order of arrival', async () => {
    const rounds: number[][] = [];
    const batcher = new Batcher(async (items: readonly number[]) => {
      rounds.push([...items]);
      return items.map((item) => item + 1);
    });
    expect(await Promise.all([3, 1, 2].map((item) => batcher.push(item)))).toEqual([4, 2, 3]);
    expect(rounds).toEqual([[3, 1, 2]]);
  });

  it('gathers the next round while one is in flight', async () => {
    const { rounds, flush, started, open } = gated();
    const batcher = new Batcher(flush);
    const first = batcher.push(1);
    await started(1);
    const rest = [2, 3, 4].map((item) => batcher.push(item));
    open();
    expect(await first).toBe(10);
    await started(2);
    open();
    expect(await Promise.all(rest)).toEqual([20, 30, 40]);
    expect(rounds).toEqual([[1], [2, 3, 4]]);
  });

  it('keeps rounds within maxItems, and runs as many at once as it has lanes', async () => {
    const { rounds, flush, started, open } = gated();
    const batcher = new Batcher(flush, { maxItems: 2, lanes: 2 });
    const all = [1, 2, 3, 4, 5].map((item) => batcher.push(item));
    await started(2);
    expect(rounds).toEqual([
      [1, 2],
      [3, 4],
    ]);
    open();
    await started(3);
    open();
    open();
    expect(await Promise.all(all)).toEqual([10, 20, 30, 40, 50]);
  });

  it('starts no further round beside another before it is half full', async () => {
    const { rounds, flush, started, open } = gated();
    const batcher = new Batcher(flush, { maxItems: 4, lanes: 2 });
    const first = batcher.push(1);
    await started(1);
    const rest = [batcher.push(2)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toEqual([[1]]);
    rest.push(batcher.push(3));
    await started(2);
    expect(rounds).toEqual([[1], [2, 3]]);
    open();
    open();
    expect(await Promise.all([first, ...rest])).toEqual([10, 20, 30]);
  });

  it('refuses more than may wait, and takes on again afterwards', async () => {
    const { flush, started, open } = gated();
    const batcher = new Batcher(flush, { maxWaiting: 1 });
    const first = batcher.push(1);
    await started(1);
    const second = batcher.push(2);
    await expect(batcher.push(3)).rejects.toBeInstanceOf(BatcherFullError);
    open();
    await started(2);
    open();
    expect(await Promise.all([first, second])).toEqual([10, 20]);
  });

  it('halves a failing round, so that only the items at fault fail', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ value: fc.nat(), bad: fc.boolean() }), { minLength: 1, maxLength: 40 }),
        async (items) => {
          const batcher = new Batcher(async (round: readonly { value: number; bad: boolean }[]) => {
            if (round.some((item) => item.bad)) throw new Error('bad item');
            return round.map((item) => item.value);
          });
          const settled = await Promise.allSettled(items.map((item) => batcher.push(item)));
          settled.forEach((result, index) => {
            expect(result).toMatchObject(
              items[index]?.bad ? { status: 'rejected' } : { status: 'fulfilled', value: items[index]?.value },
            );
          });
        },
      ),
    );
  });

  it('does not halve a round whose error no item can be blamed for', async () => {
    let rounds = 0;
    const batcher = new Batcher(
      async () => {
        rounds++;
        throw new Error('database down');
      },
      { isItemError: () => false },
    );
    const settled = await Promise.allSettled([1, 2, 3, 4].map((item) => batcher.push(item)));
    expect(settled.every((result) => result.status === 'rejected')).toBe(true);
    expect(rounds).toBe(1);
  });

  it('goes on after a failed round', async () => {
    let fail = true;
    const batcher = new Batcher(async (items: readonly number[]) => {
      if (fail) throw new Error('once');
      return items;
    });
    await expect(batcher.push(1)).rejects.toThrow('once');
    fail = false;
    expect(await batcher.push(2)).toBe(2);
  });

  it('says when it is idle', async () => {
    const { flush, started, open } = gated();
    const batcher = new Batcher(flush);
    await batcher.idle();
    const pushed = batcher.push(1);
    let idle = false;
    const waiting = batcher.idle().then(() => {
      idle = true;
    });
    await started(1);
    expect(idle).toBe(false);
    open();
    await Promise.all([pushed, waiting]);
    expect(idle).toBe(true);
  });
});
