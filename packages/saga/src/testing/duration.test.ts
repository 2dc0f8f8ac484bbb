import { expect, it } from 'vitest';
import { type Duration, msOf } from './duration.js';

it.each([
  [250, 250],
  ['250ms', 250],
  ['5s', 5_000],
  ['1.5m', 90_000],
  ['24h', 86_400_000],
  ['30d', 2_592_000_000],
] as [Duration, number][])('%s is %d ms', (duration, ms) => {
  expect(msOf(duration)).toBe(ms);
});

it.each(['24', '1 h', 'h', '-5s', -1, Number.NaN])('%s is no duration', (duration) => {
  expect(() => msOf(duration as Duration)).toThrow('is no duration');
});
