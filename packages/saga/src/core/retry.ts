/** How often, and how far apart, a failed command is sent again. */
export interface RetryPolicy {
  /** Sendings in all, the first included; after the last failure the outcome is unknown. */
  readonly maxAttempts: number | 'forever';
  readonly initialDelayMs: number;
  readonly factor: number;
  readonly maxDelayMs: number;
  /** `full`: the delay is drawn evenly from zero to the computed one, so that those who failed together do not return together. */
  readonly jitter: 'full' | 'none';
}

/** What a definition may say about retries: parts of a policy, or `forever`. */
export type RetryOption = Partial<RetryPolicy> | 'forever';

/** How steps are retried that say nothing else: 4 sendings, 200 ms apart at first, then twice as long each time. */
export const STEP_RETRY: RetryPolicy = {
  maxAttempts: 4,
  initialDelayMs: 200,
  factor: 2,
  maxDelayMs: 30_000,
  jitter: 'full',
};
/** How compensations are retried that say nothing else: harder than steps, as nothing can take their place. */
export const COMPENSATION_RETRY: RetryPolicy = { ...STEP_RETRY, maxAttempts: 10, maxDelayMs: 60_000 };

/**
 * The delays after a failure of the way, which says nothing of the participant: a step that waits a day between attempts
 * does not lose a day to a broker that was restarted.
 */
export function transportRetry(policy: RetryPolicy): RetryPolicy {
  const initialDelayMs = Math.min(policy.initialDelayMs, STEP_RETRY.initialDelayMs);
  return { ...policy, initialDelayMs, maxDelayMs: Math.min(policy.maxDelayMs, STEP_RETRY.maxDelayMs) };
}

/** The policy that an option means, on top of the defaults. */
export function retryPolicy(option: RetryOption | undefined, defaults: RetryPolicy): RetryPolicy {
  if (option === 'forever') return { ...defaults, maxAttempts: 'forever' };
  const said = Object.entries(option ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(said) };
}

/** Whether a policy allows another sending after so many failures. */
export function mayRetry(policy: RetryPolicy, failures: number): boolean {
  return policy.maxAttempts === 'forever' || failures < policy.maxAttempts;
}

/** The delay before the next sending, in ms. The same seed gives the same delay. */
export function backoffMs(policy: RetryPolicy, failures: number, seed: string): number {
  const longest = Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.factor ** Math.max(0, failures - 1));
  return Math.round(policy.jitter === 'full' ? longest * fraction(seed) : longest);
}

/** An even-looking number from 0 to 1, from a text (FNV-1a, then a finishing mix). */
function fraction(seed: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < seed.length; index++) hash = Math.imul(hash ^ seed.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
}
