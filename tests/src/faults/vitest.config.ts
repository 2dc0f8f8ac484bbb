import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** Servers that are harmed, each file's own. It takes minutes, so it runs when it is asked for: `pnpm faults:servers`. */
export default defineConfig({
  test: {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    include: ['src/faults/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 15_000 } },
  },
});
