import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictRetriesExhaustedError, DatabaseUnavailableError, isConflict, isConnectionError } from './errors.js';

/** What a round answers when a row it decided upon had been changed meanwhile. */
export const MOVED = 'moved';

/** How often and how soon {@link retryOnConflict} starts over. */
export interface RetryOptions {
  /** Most attempts in all. */
  readonly attempts?: number;
  /** The longest pause of the first repetition; it doubles each time, up to `maxDelayMs`. */
  readonly minDelayMs?: number;
  readonly maxDelayMs?: number;
  readonly random?: () => number;
  readonly wait?: (delayMs: number) => Promise<unknown>;
}

/**
 * Does `work`; when it answers `'moved'` or throws a conflict (40001, 40P01, 23505), starts it over, after a short
 * random pause that keeps two rounds from meeting again and again.
 *
 * Throws {@link ConflictRetriesExhaustedError} after the last attempt, {@link DatabaseUnavailableError} for a lost
 * connection (its `code` is what a command is answered with), and any other error as it is.
 */
export async function retryOnConflict<T>(
  work: () => Promise<T>,
  options: RetryOptions = {},
): Promise<Exclude<T, typeof MOVED>> {
  const { attempts = 8, minDelayMs = 2, maxDelayMs = 20, random = Math.random, wait = sleep } = options;
  let conflict: unknown;
  for (let attempt = 1; attempt <= attempts; attempt++) {
    if (attempt > 1) await wait(1 + random() * (Math.min(maxDelayMs, minDelayMs * 2 ** (attempt - 2)) - 1));
    try {
      const result = await work();
      if (result !== MOVED) return result as Exclude<T, typeof MOVED>;
    } catch (error) {
      if (isConnectionError(error)) throw new DatabaseUnavailableError(error);
      if (!isConflict(error)) throw error;
      conflict = error;
    }
  }
  throw new ConflictRetriesExhaustedError(attempts, conflict);
}
