import { pino } from 'pino';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** Removes the credentials of every URL in a text: `amqp://user:secret@host` → `amqp://[redacted]@host`. */
export function redactText(text: string): string {
  return text.includes('://') ? text.replace(URL_CREDENTIALS, `$1${REDACTED}@`) : text;
}

/**
 * Everything between `://` and the last `@` before the path; a password may hold an unencoded `@`. A slash, a quote or
 * a space ends it.
 */
const URL_CREDENTIALS = /([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"'<>]*@/gi;

/** Keys of fields whose value is secret, whatever it is. */
const SECRET_KEY = /^(authorization|cookie|set-cookie|.*(password|passwd|secret|token|api[-_]?key))$/i;

/** How deep and how wide a logged object is looked through; what lies beyond is not logged. */
const MAX_DEPTH = 6;

/**
 * A copy of what is to be logged, without secrets: fields named after one, and credentials of URLs in any string.
 * Errors become fields: type, message and stack, with those of their causes.
 */
export function redactFields(fields: object, depth = 0): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    copy[key] = SECRET_KEY.test(key) && value !== undefined ? REDACTED : redact(value, depth + 1);
  }
  return copy;
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null || value instanceof Date || Buffer.isBuffer(value)) return value;
  if (value instanceof URL) return redactText(value.href);
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return redactFields(value instanceof Error ? pino.stdSerializers.err(value) : value, depth);
}
