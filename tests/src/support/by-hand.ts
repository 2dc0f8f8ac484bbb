import { randomUUID } from 'node:crypto';

/** How the ids begin of orders that have no saga, because a test sends their commands itself. */
const PREFIX = 'ba4d0000';

/** The id of an order whose commands are sent by hand; the auditor does not miss its saga. */
export const orderByHand = (): string => PREFIX + randomUUID().slice(PREFIX.length);

export const byHand = (orderId: string): boolean => orderId.startsWith(PREFIX);
