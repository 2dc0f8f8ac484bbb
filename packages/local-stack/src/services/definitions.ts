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
  /** As in the `start` script of its package. */
  readonly nodeFlags: readonly string[];
}

/** Young objects are collected before they are many: a pause of the gateway is a pause for everybody who waits at the door. */
const SHORT_PAUSES = ['--max-semi-space-size=16'];

export const definitions: Readonly<Record<ServiceName, ServiceDefinition>> = {
  'api-gateway': define('api-gateway', 3000, undefined, SHORT_PAUSES),
  'order-service': define('order-service', 3001, 'orders'),
  'inventory-service': define('inventory-service', 3002, 'inventory'),
  'payment-service': define('payment-service', 3003, 'payments'),
  orchestrator: define('orchestrator', 3004, 'orchestrator'),
};

function define(
  name: ServiceName,
  defaultPort: number,
  database: DatabaseName | undefined,
  nodeFlags: readonly string[] = [],
): ServiceDefinition {
  return { name, defaultPort, portVariable: `${name.toUpperCase().replaceAll('-', '_')}_PORT`, database, nodeFlags };
}
