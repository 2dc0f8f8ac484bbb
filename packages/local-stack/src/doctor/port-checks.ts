import type { ServerStatus } from '../dev-stack.js';
import { describeHolder } from '../machine/port-holder.js';
import { isPortFree, type PortWish } from '../machine/ports.js';
import { definitions } from '../services/definitions.js';
import { type Environment, Reader, readSettings } from '../settings.js';
import type { Check } from './check.js';

interface Wanted {
  readonly what: string;
  readonly wish: PortWish;
}

/** Whether the ports are free, or held by what is ours. */
export async function portChecks(
  environment: Environment,
  servers: readonly ServerStatus[],
  services: readonly { readonly url: string }[],
): Promise<Check[]> {
  const ours = new Set(
    [
      ...servers.filter(({ up }) => up).flatMap(({ endpoint }) => [endpoint.url, endpoint.managementUrl ?? '']),
      ...services.map(({ url }) => url),
    ]
      .filter((url) => url !== '')
      .map((url) => Number(new URL(url).port)),
  );
  const checks = await Promise.all(wanted(environment).map((one) => checkPort(one, ours)));
  const bad = checks.filter(({ status }) => status !== 'ok');
  if (bad.length > 0) return bad;
  return [
    { name: 'ports', status: 'ok', detail: `${checks.map(({ detail }) => detail).join(', ')}: free, or held by ours` },
  ];
}

function wanted(environment: Environment): Wanted[] {
  const { ports } = readSettings(environment);
  const reader = new Reader(environment);
  const services = Object.values(definitions).map(({ name, portVariable, defaultPort }) => ({
    what: name,
    wish: reader.port(portVariable, defaultPort),
  }));
  reader.throwProblems();
  return [
    { what: 'Postgres', wish: ports.postgres },
    { what: 'RabbitMQ', wish: ports.amqp },
    { what: 'RabbitMQ page', wish: ports.management },
    ...services,
  ];
}

async function checkPort({ what, wish }: Wanted, ours: ReadonlySet<number>): Promise<Check> {
  const name = `port ${wish.port}`;
  if (ours.has(wish.port) || (await isPortFree(wish.port))) return { name, status: 'ok', detail: String(wish.port) };
  const detail = `for ${what}, is taken by ${await describeHolder(wish.port)}`;
  if (wish.setBy === undefined) return { name, status: 'warn', detail, cure: 'none needed: another one will be taken' };
  return { name, status: 'fail', detail, cure: `end that process, or set ${wish.setBy} to a free port` };
}
