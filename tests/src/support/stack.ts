import { type Servers, type Stack, startStack } from '@saga-checkout/local-stack';

/** What a shop is built on: the servers' URLs, and where logs may lie. */
export interface TestServers extends Servers {
  readonly rabbitmq: { readonly url: string; readonly managementUrl: string | undefined };
  readonly folder: string;
}

/** RabbitMQ and Postgres of one's own: fresh, on free ports, to be stopped and killed at will. */
export const openStack = (): Promise<Stack> => startStack({ profile: 'test' });

/** The same server's URL for another database. */
export function urlOnServer(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}
