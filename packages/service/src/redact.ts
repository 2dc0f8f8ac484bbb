import { pino } from 'pino';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/**
 * Removes the credentials of every URL in a text, `amqp://user:secret@host` → `amqp://[redacted]@host`, and payment
 * tokens: `tok_visa` → `[redacted]`.
 */
export function redactText(text: string): string {
  const tokenless = text.includes('tok_') ? text.replace(PAYMENT_TOKEN, REDACTED) : text;
  return tokenless.includes('://') ? tokenless.replace(URL_CREDENTIALS, `$1${REDACTED}@`) : tokenless;
}

/** The same for a text that was meant to be JSON, broken as it may be: also the values of fields named after a secret. */
export function redactBrokenJson(text: string): string {
  const hide = (all: string, before: string, key: string) => (SECRET_KEY.test(key) ? `${before}"${REDACTED}"` : all);
  return redactText(text.replace(JSON_FIELD, hide));
}

/** What stands for a card at the payment provider. */
const PAYMENT_TOKEN = /\btok_[A-Za-z0-9_-]+/g;

/** A field with the text that is its value, also one that is cut off; or with a number, true, false. */
const JSON_FIELD = /("([^"\\]{1,100})"\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|$)|[^\s",{}[\]]+)/g;

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
