/**
 * The single addresses of a URL that names several hosts, as libpq has it (`postgres://user:password@one:5432,two:5432/db`),
 * or of several URLs with commas between them. In their order; what is no such URL comes back as it is.
 */
export function alternativesOf(url: string): string[] {
  return url.split(/,(?=[a-z]+:\/\/)/).flatMap((each) => {
    const [, before, hosts, after] = /^([a-z]+:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/.exec(each) ?? [];
    return hosts === undefined ? [each] : hosts.split(',').map((host) => `${before}${host}${after}`);
  });
}

/** What comes of the first of the alternatives that serves. Rejects as the last one did if none does. */
export async function firstOf<T>(alternatives: readonly string[], attempt: (url: string) => Promise<T>): Promise<T> {
  let problem: unknown;
  for (const url of alternatives) {
    try {
      return await attempt(url);
    } catch (error) {
      problem = error;
    }
  }
  throw problem;
}
