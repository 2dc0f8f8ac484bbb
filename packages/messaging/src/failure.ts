/**
 * A command that could not be executed for a technical reason that has a name. It is answered `failed` with this code,
 * and tried again later; nothing says that it did not take effect.
 */
export class CommandFailure extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailure';
    this.code = code;
  }
}

/** Codes of our own packages' errors; those of drivers (`ECONNRESET`, `23505`) are not for those who send commands. */
const OUR_CODES = new Set(['DATABASE_UNAVAILABLE', 'CONFLICT_RETRIES_EXHAUSTED', 'BATCHER_FULL']);

/** The code with which an error that a handler threw is answered. */
export function failureCode(error: unknown): string {
  if (error instanceof CommandFailure) return error.code;
  const code = error instanceof Error ? (error as Error & { code?: unknown }).code : undefined;
  return typeof code === 'string' && OUR_CODES.has(code) ? code : 'INTERNAL';
}
