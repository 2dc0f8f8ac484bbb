/** What a client asks for with `Prefer` (RFC 7240), as far as a checkout knows it. */
export interface Preference {
  /** `respond-async`: answer at once, with where to look. */
  readonly respondAsync: boolean;
  /** `wait=N`, in seconds: how long the client is willing to wait for the outcome. */
  readonly waitSeconds: number | undefined;
}

const NONE: Preference = { respondAsync: false, waitSeconds: undefined };

/** Reads the header. A preference that is unknown or malformed is ignored, as the RFC asks; the first of a kind counts. */
export function readPreference(header: string | undefined): Preference {
  if (header === undefined) return NONE;
  const preferences = header.split(',').map((part) => (part.split(';', 1)[0] ?? '').trim().toLowerCase());
  const wait = preferences.map((part) => /^wait\s*=\s*"?(\d{1,9})"?$/.exec(part)?.[1]).find((n) => n !== undefined);
  return {
    respondAsync: preferences.includes('respond-async'),
    waitSeconds: wait === undefined ? undefined : Number(wait),
  };
}

/** How a checkout is waited for. */
export interface Waiting {
  /** For the outcome, once the checkout runs; 0 = not at all. */
  readonly waitMs: number;
  /** For somebody who takes the checkout at all. */
  readonly patienceMs: number;
  /** What `Preference-Applied` says when the answer comes before the outcome. */
  readonly applied: string | undefined;
}

export interface WaitLimits {
  /** Without a preference. */
  readonly defaultMs: number;
  /** The longest a client may ask for. */
  readonly maxMs: number;
}

/** Turns a preference into times. `respond-async, wait=5` means: wait 5 s, then answer without the outcome. */
export function waitingFor(preference: Preference, limits: WaitLimits): Waiting {
  const { respondAsync, waitSeconds } = preference;
  if (waitSeconds === undefined) {
    const waitMs = respondAsync ? 0 : limits.defaultMs;
    return { waitMs, patienceMs: limits.defaultMs, applied: respondAsync ? 'respond-async' : undefined };
  }
  const waitMs = Math.min(waitSeconds * 1000, limits.maxMs);
  const wait = `wait=${Math.floor(waitMs / 1000)}`;
  return { waitMs, patienceMs: waitMs, applied: respondAsync ? `respond-async, ${wait}` : wait };
}
