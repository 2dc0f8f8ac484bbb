import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Races: system tests, in a shop with two processes of each service that all of them share. */
export default defineConfig({
  test: {
    name: 'races',
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['src/races/*.test.ts'],
    globalSetup: ['src/support/setup.ts'],
    fileParallelism: false,
    sequence: { groupOrder: 2 },
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
