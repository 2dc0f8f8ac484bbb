import { alternativesOf } from '@saga-checkout/auditor';

/** One broker, or the nodes of a cluster with commas between their URLs. */
interface Broker {
  readonly url: string;
  readonly managementUrl: string | undefined;
}

/** Makes a virtual host in which the broker's user may do everything; returns the URL that leads there. */
export async function makeVhost(broker: Broker, name: string): Promise<string> {
  const urls = alternativesOf(broker.url).map((each) => new URL(each));
  await manage(broker, 'PUT', `/api/vhosts/${name}`);
  await manage(broker, 'PUT', `/api/permissions/${name}/${urls[0]?.username}`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  });
  for (const url of urls) url.pathname = `/${name}`;
  return urls.map(({ href }) => href).join(',');
}

/** Removes a virtual host with all its queues. */
export const dropVhost = (broker: Broker, name: string): Promise<void> =>
  manage(broker, 'DELETE', `/api/vhosts/${name}`);

async function manage({ url, managementUrl }: Broker, method: string, path: string, body: object = {}): Promise<void> {
  const [management] = alternativesOf(managementUrl ?? '');
  if (!management) throw new Error('the broker has no management interface, which is needed here');
  const { username, password } = new URL(alternativesOf(url)[0] ?? '');
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const answer = await fetch(new URL(path, management), {
    method,
    headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  if (!answer.ok) throw new Error(`the broker's management answered ${answer.status} to ${method} ${path}`);
}
