import type { DatabaseName } from '../settings.js';

export const serviceNames = [
  'order-service',
  'inventory-service',
  'payment-service',
  'orchestrator',
  'api-gateway',
] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface ServiceDefinition {
  readonly name: ServiceName;
  readonly defaultPort: number;
  /** The environment variable by which a person moves it. */
  readonly portVariable: string;
  /** Undefined for the gateway, which keeps nothing. */
  readonly database: DatabaseName | undefined;
}

export const definitions: Readonly<Record<ServiceName, ServiceDefinition>> = {
  'api-gateway': define('api-gateway', 3000, undefined),
  'order-service': define('order-service', 3001, 'orders'),
  'inventory-service': define('inventory-service', 3002, 'inventory'),
  'payment-service': define('payment-service', 3003, 'payments'),
  orchestrator: define('orchestrator', 3004, 'orchestrator'),
};

function define(name: ServiceName, defaultPort: number, database: DatabaseName | undefined): ServiceDefinition {
  return { name, defaultPort, portVariable: `${name.toUpperCase().replaceAll('-', '_')}_PORT`, database };
}
