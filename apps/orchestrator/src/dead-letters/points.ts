import type { Faults } from '@saga-checkout/messaging/client';

/** Where a letter passes through this process: around the write that records it, and on its way back to its queue. */
const BOUNDARIES = ['before-commit', 'after-commit', 'redrive-committed', 'redrive-confirmed', 'redriven'] as const;

/** Called where a letter passes a boundary, so that a test can end or stop the process there. */
export type Pass = (boundary: (typeof BOUNDARIES)[number]) => void;

/** The names of these boundaries. No checkout passes them. */
export const letterPoints: readonly string[] = BOUNDARIES.map((boundary) => `dead-letters:${boundary}`);

export const passWith =
  (faults: Faults | undefined): Pass =>
  (boundary) =>
    faults?.reached(`dead-letters:${boundary}`);
