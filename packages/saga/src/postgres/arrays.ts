/** What needs no quotes in an array, and is not the word null. */
const PLAIN = /^(?!null$)[\w.:+-]+$/i;

/**
 * An array as Postgres reads it. The driver would make the same of it, but takes much longer, and rounds are made of nothing
 * else.
 */
export function arrayOf(values: readonly (string | number | null)[]): string {
  return `{${values.map(elementOf).join()}}`;
}

function elementOf(value: string | number | null): string {
  if (value === null) return 'NULL';
  if (typeof value === 'number') return String(value);
  return PLAIN.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/**
 * JSON documents, one per line and an empty line for null; `jsonLines` reads them. JSON has no line breaks of its own, and
 * would consist mostly of quotes to be quoted in an array.
 */
export function linesOf(documents: readonly (string | null)[]): string {
  return documents.join('\n');
}

/** The expression for an array of the documents in a parameter that `linesOf` made. */
export const jsonLines = (place: string): string => `string_to_array(${place}::text, E'\\n', '')`;
