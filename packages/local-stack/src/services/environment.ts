import type { BrokerHandle, PostgresHandle } from '../handle.js';
import { definitions, type ServiceName } from './definitions.js';

/** Where services find their servers: a stack, or what another process was told of one. */
export interface Servers {
  readonly rabbitmq: Pick<BrokerHandle, 'url'>;
  readonly postgres: Pick<PostgresHandle, 'urlFor'>;
}

export interface Surroundings {
  readonly stack: Servers;
  /** Databases of other names than the usual ones: tests that share a server. */
  readonly databases?: Partial<Record<ServiceName, string>> | undefined;
}

/** The URL of a service's database on this stack. */
export function databaseUrl({ stack, databases }: Surroundings, service: ServiceName): string | undefined {
  const name = databases?.[service] ?? definitions[service].database;
  return name === undefined ? undefined : stack.postgres.urlFor(name);
}

/** What a service is told by its surroundings; what a person or a test wants besides goes on top. */
export function environmentOf(
  surroundings: Surroundings,
  service: ServiceName,
  port: number,
  urlsOf: (service: ServiceName) => readonly string[],
): Record<string, string> {
  const own = { PORT: String(port), HOST: '127.0.0.1' };
  if (service === 'api-gateway') {
    return {
      ...own,
      ORCHESTRATOR_URL: urlsOf('orchestrator').join(','),
      ORDER_SERVICE_URL: urlsOf('order-service').join(','),
      INVENTORY_SERVICE_URL: urlsOf('inventory-service').join(','),
      PAYMENT_SERVICE_URL: urlsOf('payment-service').join(','),
    };
  }
  return { ...own, DB_URL: databaseUrl(surroundings, service) ?? '', RABBITMQ_URL: surroundings.stack.rabbitmq.url };
}
