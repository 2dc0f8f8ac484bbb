import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until `condition` gives something other than false, undefined or null, and gives that.
 * Gives undefined when `timeoutMs` have passed: the caller knows best how to say what did not happen.
 */
export async function waitFor<T>(
  condition: () => Promise<T> | T,
  options: { timeoutMs: number; everyMs?: number },
): Promise<T | undefined> {
  const end = performance.now() + options.timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== false && result !== undefined && result !== null) return result;
    if (performance.now() >= end) return undefined;
    await delay(options.everyMs ?? 50);
  }
}

/** The promise's result, or undefined when it takes longer than `timeoutMs`. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  const abort = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: abort.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    abort.abort();
  }
}
