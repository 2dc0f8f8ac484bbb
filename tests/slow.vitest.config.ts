import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** System tests that take minutes together, so that they run when they are asked for: `pnpm test:slow`. */
export const SLOW = [
  'src/faults/*.test.ts',
  'src/full.test.ts',
  'src/recovery-storm.test.ts',
  'src/rolling.test.ts',
  'src/start-order.test.ts',
  'src/stopping.test.ts',
];

export default defineConfig({
  test: {
    name: 'slow',
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: SLOW,
    globalSetup: ['src/support/setup.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
