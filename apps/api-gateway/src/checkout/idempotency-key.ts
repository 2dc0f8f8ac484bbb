import { HttpProblem } from '../problem.js';

const VISIBLE = /^[\x21-\x7e]{1,255}$/;
const detail =
  'Idempotency-Key must be 1 to 255 visible ASCII characters (no spaces), bare or in double quotes, and come once.';

/**
 * The key of an `Idempotency-Key` header: `"abc"` and `abc` are the same key. Throws a problem when it is neither.
 * A header that comes twice arrives here joined with a comma and a space, and is refused for the space.
 */
export function readIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const key = header.startsWith('"') ? unquote(header) : header;
  if (key === undefined || !VISIBLE.test(key)) throw new HttpProblem('INVALID_HEADER', detail);
  return key;
}

const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/;

/** The content of a quoted string (RFC 8941: only quote and backslash are escaped), or undefined. */
const unquote = (header: string): string | undefined => QUOTED.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1');
