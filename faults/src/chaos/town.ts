/** Who is there: two of each. */
export const ORCHESTRATORS = ['orchestrator', 'orchestrator-2'] as const;
export const PARTICIPANTS = [
  'order-service',
  'order-service-2',
  'inventory-service',
  'inventory-service-2',
  'payment-service',
  'payment-service-2',
] as const;
export const GATEWAYS = ['api-gateway', 'api-gateway-2'] as const;

/** The processes that keep connections to the broker and to their database. */
export const BACKENDS = [...ORCHESTRATORS, ...PARTICIPANTS] as const;
export const PROCESSES = [...BACKENDS, ...GATEWAYS] as const;

export const SERVERS = ['broker', 'postgres'] as const;

/** The participants whose rows the gateways read: the first of each kind. */
export const READ_FROM = ['order-service', 'inventory-service', 'payment-service'] as const;

export const linkName = (from: string, to: string): string => `${from}>${to}`;

const every = (from: readonly string[], to: readonly string[]): string[] =>
  from.flatMap((one) => to.map((other) => linkName(one, other)));

export const SERVER_LINKS: readonly string[] = every(BACKENDS, SERVERS);
export const GATEWAY_LINKS: readonly string[] = every(GATEWAYS, [...ORCHESTRATORS, ...READ_FROM]);
export const LINKS: readonly string[] = [...SERVER_LINKS, ...GATEWAY_LINKS];

/** All links to one server or process. */
export const linksTo = (to: string): string[] => LINKS.filter((name) => name.endsWith(`>${to}`));
/** All links from one process. */
export const linksFrom = (from: string): string[] => LINKS.filter((name) => name.startsWith(`${from}>`));
