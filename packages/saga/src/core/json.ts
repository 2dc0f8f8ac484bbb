/**
 * The value as the journal will give it back: what is JSON already is returned as it is, anything else goes through JSON.
 * A `Date` is a text from the start then, and not only after a crash. What JSON cannot say at all is left to the journal to
 * refuse.
 */
export function asJson(value: unknown): unknown {
  try {
    return isJson(value) ? value : (JSON.parse(JSON.stringify(value)) as unknown);
  } catch {
    return value;
  }
}

function isJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      if (value === null) return true;
      return Array.isArray(value) ? value.every(isElement) : isPlain(value) && Object.values(value).every(isJson);
    default:
      return false;
  }
}

const isElement = (value: unknown): boolean => value !== undefined && isJson(value);

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value);
}
