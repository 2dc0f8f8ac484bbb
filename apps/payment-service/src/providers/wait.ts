import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; an infinite delay lasts until the signal aborts. Rejects with the signal's reason when it does. */
export type Wait = (delayMs: number, signal: AbortSignal) => Promise<void>;

/** Waits by the real clock. */
export const realWait: Wait = async (delayMs, signal) => {
  if (delayMs === Number.POSITIVE_INFINITY) {
    if (!signal.aborted) await once(signal, 'abort');
    // An aborted sleep rejects with an error of its own; what the signal was aborted with says more.
  } else await sleep(delayMs, undefined, { signal }).catch(() => {});
  signal.throwIfAborted();
};
