interface Broker {
  readonly url: string;
  readonly managementUrl: string | undefined;
}

/** Makes a virtual host in which the broker's user may do everything; returns the URL that leads there. */
export async function makeVhost(broker: Broker, name: string): Promise<string> {
  const url = new URL(broker.url);
  await manage(broker, 'PUT', `/api/vhosts/${name}`);
  await manage(broker, 'PUT', `/api/permissions/${name}/${url.username}`, { configure: '.*', write: '.*', read: '.*' });
  url.pathname = `/${name}`;
  return url.href;
}

/** Removes a virtual host with all its queues. */
export const dropVhost = (broker: Broker, name: string): Promise<void> =>
  manage(broker, 'DELETE', `/api/vhosts/${name}`);

async function manage({ url, managementUrl }: Broker, method: string, path: string, body: object = {}): Promise<void> {
  if (managementUrl === undefined) throw new Error('the broker has no management interface, which is needed here');
  const { username, password } = new URL(url);
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const answer = await fetch(new URL(path, managementUrl), {
    method,
    headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  if (!answer.ok) throw new Error(`the broker's management answered ${answer.status} to ${method} ${path}`);
}
