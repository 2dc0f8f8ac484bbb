import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/examples/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'faults/src/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          globalSetup: ['scripts/test-stack.mjs'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // What is waited for comes in its own time: on a busy machine a second is too short for that.
          expect: { poll: { timeout: 15_000 } },
          sequence: { groupOrder: 0 },
        },
      },
      'tests',
      'tests/src/races',
    ],
  },
});
