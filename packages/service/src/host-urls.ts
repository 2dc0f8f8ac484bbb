import { z } from 'zod';

/** What a variable with the address of a server may look like. */
export interface HostUrlsOptions {
  /** The first protocol is the usual one: `['postgres', 'postgresql']`. */
  readonly protocols: readonly [string, ...string[]];
  /** What it is if nobody sets it. */
  readonly fallback: string;
}

/** What libpq calls a server that takes writes, in `target_session_attrs`; no other would be of use. */
const WRITABLE: ReadonlySet<string> = new Set(['any', 'read-write', 'primary']);

/**
 * The address of a server that may run on several hosts, as one URL for each of them. Either libpq's form,
 * `postgres://user:password@one:5432,two:5432/orders`, or whole URLs with commas between them.
 */
export function hostUrls({ protocols, fallback }: HostUrlsOptions) {
  const usual = `${protocols[0]}://user:password@host`;
  return z
    .string()
    .transform((text, context) => {
      const urls = splitHosts(text);
      const named = urls.length === 1 || urls.every((url) => URL.canParse(url) && new URL(url).hostname !== '');
      if (!named || !urls.every((url) => isAddress(url, protocols)))
        context.addIssue(`must be a URL such as ${usual}:port/name; of several hosts, ${usual}1:port,host2:port/name`);
      else if (!urls.every(isWritable))
        context.addIssue('must not ask for a standby in target_session_attrs: here is written; make it read-write');
      return urls;
    })
    .prefault(fallback);
}

const isAddress = (url: string, protocols: readonly string[]): boolean =>
  URL.canParse(url) && protocols.includes(new URL(url).protocol.slice(0, -1));

const isWritable = (url: string): boolean =>
  WRITABLE.has(new URL(url).searchParams.get('target_session_attrs') ?? 'any');

/** One URL per host; a text that is no such URL comes back as it is, to be refused. */
function splitHosts(text: string): string[] {
  return text.split(/,(?=[a-z]+:\/\/)/).flatMap((each) => {
    const [, before, hosts, after] = /^([a-z]+:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/.exec(each) ?? [];
    return hosts === undefined ? [each] : hosts.split(',').map((host) => `${before}${host}${after}`);
  });
}
