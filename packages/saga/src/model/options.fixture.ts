/**
 * How many cases are tried, and which: from the environment, for `pnpm --filter @saga-checkout/saga model`. A failure
 * prints `seed` and `path`; given both, exactly that case is tried again.
 */
const { MODEL_RUNS, MODEL_SEED, MODEL_PATH } = process.env;

const runsWanted = MODEL_RUNS === undefined ? undefined : Number(MODEL_RUNS);
export const seedWanted = MODEL_SEED === undefined ? undefined : Number(MODEL_SEED);
export const pathWanted = MODEL_PATH;
/** Whether somebody waits for many cases, and wants to see how far they are. */
export const isLong = runsWanted !== undefined;

/** How many cases to try: by default so many, else this share of those wanted. */
export function runsOf(byDefault: number, share: number): number {
  return runsWanted === undefined ? byDefault : Math.ceil(runsWanted * share);
}
