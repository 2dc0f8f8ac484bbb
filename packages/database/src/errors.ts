/** The database could not be reached, or the connection was lost: nothing is known about what was under way. */
export class DatabaseUnavailableError extends Error {
  readonly code = 'DATABASE_UNAVAILABLE';
  constructor(cause: unknown) {
    super(`the database cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'DatabaseUnavailableError';
  }
}

/** A round was started over as often as it may be, and each time somebody else had been faster. */
export class ConflictRetriesExhaustedError extends Error {
  readonly code = 'CONFLICT_RETRIES_EXHAUSTED';
  constructor(attempts: number, cause?: unknown) {
    super(`other writers were faster ${attempts} times in a row; try again later`, { cause });
    this.name = 'ConflictRetriesExhaustedError';
  }
}

/**
 * Whether the error means that the connection, not the statement, is at fault: refused, lost, shut down, read-only, or
 * no free connection. What was under way may or may not have been committed.
 */
export function isConnectionError(error: unknown): boolean {
  return some(
    error,
    (one) =>
      one instanceof DatabaseUnavailableError ||
      (one.code !== undefined && CONNECTION_CODES.has(one.code)) ||
      /^08...$/.test(one.code ?? '') ||
      PG_MESSAGES.some((message) => one.message.startsWith(message)),
  );
}

/** Whether somebody else was faster, so that starting over helps: 40001, 40P01, and 23505 (a unique violation). */
export function isConflict(error: unknown): boolean {
  return some(error, (one) => one.code === '40001' || one.code === '40P01' || one.code === '23505');
}

/** Whether the data of a single item may be at fault: SQLSTATE classes 22 and 23, but no unique violation. */
export function isDataError(error: unknown): boolean {
  return some(error, (one) => one.code !== '23505' && /^2[23][0-9A-Z]{3}$/.test(one.code ?? ''));
}

/** SQLSTATEs of the server going away, being full or having lost its place, and Node's codes of a socket that could not be used. */
const CONNECTION_CODES = new Set([
  '25006', // read_only_sql_transaction: the server has become a standby, or is about to be replaced
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** pg gives these errors no code (pg 8.23 `client.js`, pg-pool `index.js`), so their texts are all there is to go by. */
const PG_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
  'Client has encountered a connection error',
  'Client was closed',
  'Cannot use a pool after calling end',
];

type Coded = Error & { readonly code?: string };

/** Looks at the error and at everything that caused it: drizzle wraps, and Node aggregates one error per address. */
function some(error: unknown, test: (one: Coded) => boolean): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++) {
    if (test(one)) return true;
    if (one instanceof AggregateError && one.errors.some((each) => some(each, test))) return true;
  }
  return false;
}
