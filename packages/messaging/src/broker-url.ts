/** Where the broker is: a URL, or one for each node of its cluster. */
export type BrokerUrl = string | readonly string[];

/** The nodes' URLs, beginning with any of them, so that clients spread over the nodes. */
export function fromAnyNode(url: BrokerUrl): string[] {
  const urls = [url].flat();
  const first = Math.floor(Math.random() * urls.length);
  return [...urls.slice(first), ...urls.slice(0, first)];
}
