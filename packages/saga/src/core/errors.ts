/** What went wrong, as a code to branch on; the message says what happened and what to do next. */
export type SagaErrorCode =
  | 'INVALID_DEFINITION'
  | 'INVALID_INPUT'
  | 'INVALID_EVENT'
  | 'INVALID_QUERY'
  | 'UNKNOWN_DEFINITION'
  | 'DEFINITION_CHANGED'
  | 'UNKNOWN_SAGA'
  | 'NOT_APPLICABLE'
  | 'TOO_MANY_SAGAS'
  | 'STOPPING'
  | 'JOURNAL_UNAVAILABLE'
  | 'JOURNAL_CORRUPT';

/** Every error that the engine throws. */
export class SagaError extends Error {
  readonly code: SagaErrorCode;
  /** For TOO_MANY_SAGAS and JOURNAL_UNAVAILABLE: when it is worth trying again. */
  readonly retryAfterMs?: number;

  constructor(code: SagaErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SagaError';
    this.code = code;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}

/** What somebody else's code threw, in words; whatever it is. */
export function messageOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something that cannot be shown';
  }
}
