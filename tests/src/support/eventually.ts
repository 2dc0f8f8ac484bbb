/** How long to wait for a condition, and how often to look; in ms. */
export interface Patience {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Waits until `probe` gives something other than undefined, null or false, and returns that. Errors of the probe count
 * as “not yet”. Rejects with what was waited for, and what was seen last, once the time is over.
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T> | T,
  { timeoutMs = 20_000, everyMs = 25 }: Patience = {},
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let seen: unknown;
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as never;
      seen = value;
    } catch (error) {
      seen = error;
    }
    if (performance.now() >= deadline) {
      const cause = seen instanceof Error ? seen : undefined;
      const last = cause ? cause.message : String(seen);
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}; the last look gave: ${last}`, { cause });
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
