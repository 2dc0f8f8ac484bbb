import { defineConfig } from 'vitest/config';

/** System tests: real processes on two cores, so one file at a time. */
export default defineConfig({
  test: {
    name: 'system',
    include: ['src/**/*.test.ts'],
    globalSetup: ['src/support/setup.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
});
