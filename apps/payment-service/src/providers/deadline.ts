import type { Wait } from './wait.js';

/** Nothing was heard in time: whether the work took effect is unknown. */
export class DeadlineError extends Error {
  constructor(timeoutMs: number) {
    super(`no answer from the payment provider within ${timeoutMs} ms`);
    this.name = 'DeadlineError';
  }
}

/**
 * Does `work`, and rejects with a {@link DeadlineError} if it takes longer than `timeoutMs`. Its signal is then aborted,
 * which is a request: the work may go on, and what it answers is not heard any more.
 */
export async function withDeadline<T>(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
  wait: Wait,
): Promise<T> {
  const working = new AbortController();
  const done = new AbortController();
  const tooLate = wait(timeoutMs, done.signal).then(() => {
    throw new DeadlineError(timeoutMs);
  });
  // The race hears the first of the two; the other one's rejection is nobody's, and would end the process.
  tooLate.catch(() => {});
  try {
    return await Promise.race([work(working.signal), tooLate]);
  } catch (error) {
    working.abort(error);
    throw error;
  } finally {
    done.abort();
  }
}
