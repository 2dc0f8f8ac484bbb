import { describe, expect, it } from 'vitest';
import { sample, sampleEach } from './random.js';

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

describe('a sample', () => {
  it('is drawn evenly, without repetition, and keeps the order', () => {
    const times = numbers(10).map(() => 0);
    for (const seed of numbers(1_000)) {
      const drawn = sample(numbers(10), 3, `${seed}`);
      expect(drawn).toEqual([...new Set(drawn)].sort((one, other) => one - other));
      for (const number of drawn) times[number] = (times[number] ?? 0) + 1;
    }
    for (const count of times) expect(Math.abs(count - 300)).toBeLessThan(60);
    expect(sample(numbers(10), 3, 'x')).toEqual(sample(numbers(10), 3, 'x'));
  });

  it('is everything if there is no more', () => {
    expect(sample(numbers(3), 3, 'x')).toEqual([0, 1, 2]);
    expect(sample([], 3, 'x')).toEqual([]);
  });

  it('takes as many from each group as from the others, as far as it has them', () => {
    const groups = [numbers(1_000), numbers(2, 2_000), [], numbers(1_000, 3_000)];
    const drawn = sampleEach(groups, 100, 1);
    const count = (group: readonly number[]) => drawn.filter((number) => group.includes(number)).length;
    expect(groups.map(count)).toEqual([49, 2, 0, 49]);
    expect(sampleEach(groups, 10_000, 1)).toEqual(groups.flat());
    expect(sampleEach(groups, 0, 1)).toEqual([]);
    expect(sampleEach([], 10, 1)).toEqual([]);
  });
});
