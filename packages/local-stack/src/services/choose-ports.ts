import { choosePort } from '../machine/ports.js';
import type { StackReporter } from '../report.js';
import { type Environment, Reader } from '../settings.js';
import { wellKnownPorts } from '../well-known-ports.js';
import { definitions, type ServiceName } from './definitions.js';

/**
 * The ports people expect, for each of these services: the default, which moves when it is taken, or the one that
 * `API_GATEWAY_PORT`, `ORDER_SERVICE_PORT`, … sets, which does not. A plain `PORT` is the gateway's.
 */
export async function chooseServicePorts(
  names: readonly ServiceName[],
  environment: Environment,
  report: StackReporter,
): Promise<Map<ServiceName, number>> {
  const reader = new Reader(environment);
  const wishes = names.map((name) => {
    const { portVariable, defaultPort } = definitions[name];
    const plain = name === 'api-gateway' && !environment[portVariable] && environment.PORT;
    return { name, wish: reader.port(plain ? 'PORT' : portVariable, defaultPort) };
  });
  reader.throwProblems();
  const chosen = new Map<ServiceName, number>();
  for (const { name, wish } of wishes) {
    const avoid = new Set([...wellKnownPorts, ...wishes.map((other) => other.wish.port), ...chosen.values()]);
    chosen.set(name, await choosePort(name, wish, avoid, (line) => report.warn(line)));
  }
  return chosen;
}

export const localUrl = (port: number): string => `http://127.0.0.1:${port}`;
