import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, mayRetry, type RetryPolicy, retryPolicy, STEP_RETRY, transportRetry } from './retry.js';

const policy: RetryPolicy = { maxAttempts: 4, initialDelayMs: 200, factor: 2, maxDelayMs: 30_000, jitter: 'full' };
const evenly = { ...policy, jitter: 'none' } as const;

describe('backoff', () => {
  it('grows by the factor, up to the longest delay', () => {
    expect([1, 2, 3, 8, 9, 5_000].map((failures) => backoffMs(evenly, failures, ''))).toEqual([
      200, 400, 800, 25_600, 30_000, 30_000,
    ]);
  });

  it('is drawn between zero and that, with full jitter', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000 }), fc.string(), (failures, seed) => {
        const delay = backoffMs(policy, failures, seed);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(backoffMs(evenly, failures, seed));
        expect(Number.isInteger(delay)).toBe(true);
      }),
    );
  });

  it('is the same for the same seed, and spread evenly over different ones', () => {
    const delays = Array.from({ length: 1_000 }, (_, index) => backoffMs(policy, 3, `saga-${index}:step:RUNNING:3`));
    expect(delays).toEqual(
      Array.from({ length: 1_000 }, (_, index) => backoffMs(policy, 3, `saga-${index}:step:RUNNING:3`)),
    );
    for (const quarter of [0, 1, 2, 3]) {
      const share = delays.filter((delay) => Math.min(3, Math.floor(delay / 200)) === quarter).length;
      expect(share).toBeGreaterThan(190);
      expect(share).toBeLessThan(310);
    }
  });
});

describe('a retry policy', () => {
  it('counts sendings in all', () => {
    expect([0, 1, 3, 4, 5].map((failures) => mayRetry(policy, failures))).toEqual([true, true, true, false, false]);
    expect(mayRetry({ ...policy, maxAttempts: 'forever' }, 1e9)).toBe(true);
  });

  it('takes what an option leaves out from the defaults', () => {
    expect(retryPolicy(undefined, STEP_RETRY)).toEqual(STEP_RETRY);
    expect(retryPolicy('forever', STEP_RETRY)).toEqual({ ...STEP_RETRY, maxAttempts: 'forever' });
    expect(retryPolicy({ factor: 3 }, STEP_RETRY)).toEqual({ ...STEP_RETRY, factor: 3 });
    expect(retryPolicy({ factor: undefined }, STEP_RETRY)).toEqual(STEP_RETRY);
  });
});

describe('the delays after a failure of the way', () => {
  it('are those of a command, however long the step waits between its attempts', () => {
    const daily = transportRetry({ ...evenly, initialDelayMs: 86_400_000, maxDelayMs: 86_400_000 });
    expect([1, 2, 99].map((attempt) => backoffMs(daily, attempt, ''))).toEqual([200, 400, 30_000]);
  });

  it('are those of the step if they are shorter', () => {
    const quick = { ...evenly, initialDelayMs: 10, maxDelayMs: 50 };
    expect(transportRetry(quick)).toEqual(quick);
  });
});
