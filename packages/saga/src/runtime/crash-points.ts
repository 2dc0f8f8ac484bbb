/**
 * Called at named boundaries, so that a test can end the process there: `orchestrator:after-commit:reserveInventory`.
 * Boundaries: `before-commit`, `after-commit`, `after-send`; then the step, or the saga's own event.
 */
export type CrashPoint = (name: string) => void;

/** What runs unless a test asks for crashes. */
export const noCrashPoint: CrashPoint = () => {};
