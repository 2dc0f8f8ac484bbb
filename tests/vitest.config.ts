import { defineConfig } from 'vitest/config';
import { SLOW } from './slow.vitest.config.js';

/** System tests: real processes on two cores, so one file at a time. */
export default defineConfig({
  test: {
    name: 'system',
    include: ['src/**/*.test.ts'],
    exclude: ['src/races/**', ...SLOW],
    globalSetup: ['src/support/setup.ts'],
    fileParallelism: false,
    // After all others: a crowd of customers needs the machine for itself.
    sequence: { groupOrder: 1 },
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
