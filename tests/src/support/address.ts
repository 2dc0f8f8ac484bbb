import type { ServiceName } from '@saga-checkout/local-stack';
import type { Database } from './books.js';

/** The database of each service that has one. */
export const DATABASE_OF: Readonly<Partial<Record<ServiceName, Database>>> = {
  'order-service': 'orders',
  'inventory-service': 'inventory',
  'payment-service': 'payments',
  orchestrator: 'orchestrator',
};

/** Where a running shop is found: plain data, so that it can be handed to another process. */
export interface ShopAddress {
  /** Base URLs, one per replica. */
  readonly services: Readonly<Record<ServiceName, readonly string[]>>;
  readonly databases: Readonly<Record<Database, string>>;
  readonly rabbitmqUrl: string;
  /** The same broker's management interface. */
  readonly managementUrl: string;
}

/** A process of a shop that is open; plain data as well. */
export interface RunningProcess {
  /** `orchestrator`, or `orchestrator-2` for a replica. */
  readonly name: string;
  readonly service: ServiceName;
  readonly pid: number | undefined;
}
