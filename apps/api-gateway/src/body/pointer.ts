/** Longer names are cut: a pointer is for reading, and the client's own kilobytes need not come back. */
const MAX_TOKEN = 64;

/** The JSON pointer (RFC 6901) one step below `parent`. */
export function childPointer(parent: string, token: PropertyKey): string {
  const text = String(token);
  const cut = text.length > MAX_TOKEN ? `${text.slice(0, MAX_TOKEN).toWellFormed()}…` : text.toWellFormed();
  return `${parent}/${cut.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The JSON pointer of a path such as `['items', 0, 'price']`. */
export const toPointer = (path: readonly PropertyKey[]): string => path.reduce(childPointer, '') as string;
