import type { z } from 'zod';
import { type FieldError, HttpProblem } from '../problem.js';
import { childPointer, toPointer } from './pointer.js';
import { parseStrictJson } from './strict-json.js';

/** A hundred mistakes are enough to see that the request is meant for somebody else. */
const MAX_ERRORS = 100;

/**
 * Reads `text` as JSON of the shape `schema`. Throws a problem that names everything wrong with it at once: what the
 * schema refuses, and what only the text shows (a key that comes twice).
 */
export function parseBody<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  const { value, flaws } = parseStrictJson(text);
  const parsed = schema.safeParse(value);
  if (parsed.success && flaws.length === 0) return parsed.data;
  const refused = (parsed.error?.issues ?? []).flatMap((issue) => toErrors(issue, value, flaws));
  const errors = [...flaws, ...refused].filter(isFirstOfItsKind);
  throw new HttpProblem('INVALID_BODY', invalidBodyDetail(errors.length), { errors: errors.slice(0, MAX_ERRORS) });
}

/** A number that is far too large is too large twice: for the field, and for a whole number at all. */
function isFirstOfItsKind({ pointer, code }: FieldError, index: number, all: readonly FieldError[]): boolean {
  if (index > MAX_ERRORS) return true;
  return all.findIndex((error) => error.pointer === pointer && error.code === code) === index;
}

function invalidBodyDetail(count: number): string {
  if (count === 1) return 'One thing in the body is not as it should be; errors says where and what.';
  const listed = count > MAX_ERRORS ? `the first ${MAX_ERRORS} are listed in errors` : 'errors lists them all';
  return `${count} things in the body are not as they should be; ${listed}.`;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** What the schema says, in the words of this interface. */
function toErrors(issue: z.core.$ZodIssue, body: unknown, flaws: readonly FieldError[]): FieldError[] {
  const pointer = toPointer(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = new Set(flaws.map((flaw) => flaw.pointer));
    return issue.keys
      .map((key) => ({ pointer: childPointer(pointer, key), code: 'UNKNOWN_FIELD', message: 'is not a field of this' }))
      .filter((error) => !known.has(error.pointer));
  }
  if (isMissing(issue.path, body)) return [{ pointer, code: 'REQUIRED', message: 'is required' }];
  return [{ pointer, ...codeAndMessage(issue) }];
}

function isMissing(path: readonly PropertyKey[], body: unknown): boolean {
  let value: unknown = body;
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key as string] : undefined;
  return value === undefined;
}

function codeAndMessage(issue: z.core.$ZodIssue): { code: string; message: string } {
  switch (issue.code) {
    case 'invalid_type':
      return { code: 'WRONG_TYPE', message: `must be ${withArticle(issue.expected)}` };
    case 'too_small':
      return { code: 'TOO_SMALL', message: bound('at least', issue.minimum, issue.origin) };
    case 'too_big':
      return { code: 'TOO_LARGE', message: bound('at most', issue.maximum, issue.origin) };
    case 'invalid_format':
      return { code: 'INVALID_FORMAT', message: issue.message };
    case 'invalid_value':
      return { code: 'INVALID_VALUE', message: `must be one of ${issue.values.map(String).join(', ')}` };
    default:
      return { code: 'INVALID_VALUE', message: issue.message };
  }
}

function withArticle(type: string): string {
  if (type === 'int') return 'a whole number';
  return `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}`;
}

function bound(what: 'at least' | 'at most', limit: number | bigint, origin: string): string {
  if (origin === 'array') return `must have ${what} ${limit} entries`;
  if (origin === 'string') return `must have ${what} ${limit} characters`;
  return `must be ${what} ${limit}`;
}
