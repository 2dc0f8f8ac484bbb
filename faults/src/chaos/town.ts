/** Who is there: two of each. */
const ORCHESTRATORS = ['orchestrator', 'orchestrator-2'] as const;
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

const SERVERS = ['broker', 'postgres'] as const;

export const isParticipant = (name: string): boolean => (PARTICIPANTS as readonly string[]).includes(name);

export const linkName = (from: string, to: string): string => `${from}>${to}`;

const every = (from: readonly string[], to: readonly string[]): string[] =>
  from.flatMap((one) => to.map((other) => linkName(one, other)));

const SERVER_LINKS: readonly string[] = every(BACKENDS, SERVERS);
const GATEWAY_LINKS: readonly string[] = every(GATEWAYS, BACKENDS);
export const LINKS: readonly string[] = [...SERVER_LINKS, ...GATEWAY_LINKS];

/** All links to one server or process. */
export const linksTo = (to: string): string[] => LINKS.filter((name) => name.endsWith(`>${to}`));
/** All links from one process. */
export const linksFrom = (from: string): string[] => LINKS.filter((name) => name.startsWith(`${from}>`));
