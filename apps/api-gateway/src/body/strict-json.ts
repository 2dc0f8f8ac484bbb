import { type FieldError, HttpProblem } from '../problem.js';
import { childPointer } from './pointer.js';

/** Deeper than anything this interface asks for (3), and shallow enough that nobody's recursion minds. */
export const MAX_DEPTH = 16;
/** Past this many flaws nobody reads on. */
const MAX_FLAWS = 20;
/** Names that reach an object's prototype when somebody copies them carelessly. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/** What was parsed, and what JSON.parse lets through in silence. */
export interface ParsedJson {
  readonly value: unknown;
  readonly flaws: readonly FieldError[];
}

/**
 * Parses JSON, and finds what JSON.parse does not tell: keys that come twice (the last would win), keys that reach for
 * the prototype, nesting without end. Throws a problem (BROKEN_JSON) when the text is not JSON at all.
 */
export function parseStrictJson(text: string): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HttpProblem('BROKEN_JSON', brokenJsonDetail(text, error));
  }
  return { value, flaws: findFlaws(text) };
}

function brokenJsonDetail(text: string, error: unknown): string {
  if (text.trim() === '') return 'The body is empty; a JSON object was expected.';
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
  const where = position === undefined ? '' : `, at character ${position}`;
  return `The body is not JSON (RFC 8259)${where}.`;
}

/** An object or array that is still open: an object remembers its keys, an array counts. */
class Frame {
  private seen: Set<string> | null = null;
  key = '';
  index = 0;

  constructor(readonly keys: string[] | null) {}

  /** Notes the key; false when it was there before. A few keys are searched faster in a list than in a set. */
  add(key: string): boolean {
    this.key = key;
    const keys = this.keys as string[];
    if (keys.length === 16) this.seen ??= new Set(keys);
    if (this.seen?.has(key) ?? keys.includes(key)) return false;
    if (this.seen === null) keys.push(key);
    else this.seen.add(key);
    return true;
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** One pass over a text that is known to be JSON, so that only structure needs looking at. */
function findFlaws(text: string): FieldError[] {
  const flaws: FieldError[] = [];
  const stack: Frame[] = [];
  let top: Frame | undefined;
  let atKey = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === QUOTE) {
      const end = endOfString(text, i);
      if (atKey && top !== undefined) noteKey(text.slice(i, end + 1), top, stack, flaws);
      i = end;
    } else if (char === COLON) {
      atKey = false;
    } else if (char === COMMA) {
      if (top?.keys === null) top.index++;
      else atKey = true;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      if (stack.length === MAX_DEPTH) return [...flaws, tooDeep(stack)];
      top = new Frame(char === OPEN_BRACE ? [] : null);
      stack.push(top);
      atKey = char === OPEN_BRACE;
    } else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) {
      stack.pop();
      top = stack[stack.length - 1];
      atKey = false;
    }
    if (flaws.length >= MAX_FLAWS) break;
  }
  return flaws;
}

/** Index of the quote that ends the string beginning at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (text.charCodeAt(end - 1) === BACKSLASH && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before `at`. */
function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function noteKey(quoted: string, top: Frame, stack: readonly Frame[], flaws: FieldError[]): void {
  const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (!top.add(key))
    flaws.push({ pointer: pointerOf(stack), code: 'DUPLICATE_KEY', message: 'is there more than once' });
  else if (FORBIDDEN.has(key))
    flaws.push({ pointer: pointerOf(stack), code: 'FORBIDDEN_KEY', message: 'is a name that is not accepted' });
}

function tooDeep(stack: readonly Frame[]): FieldError {
  const message = `is nested more than ${MAX_DEPTH} levels deep`;
  return { pointer: pointerOf(stack), code: 'TOO_DEEP', message };
}

const pointerOf = (stack: readonly Frame[]): string =>
  stack.reduce((pointer, frame) => childPointer(pointer, frame.keys === null ? frame.index : frame.key), '');
