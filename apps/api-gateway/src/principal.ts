import type { Request } from 'express';

/**
 * On whose behalf a request is made. `anyone` is the answer of a door without a lock (development): who stands there
 * may act for every customer.
 */
export type Principal = { readonly kind: 'anyone' } | { readonly kind: 'customer'; readonly userId: string };

/** Finds out who asks. Throws a problem when that cannot be told, or must be told first. */
export type Authenticate = (req: Request) => Principal;

const ANYONE: Principal = { kind: 'anyone' };

/** The door without a lock. */
export const letAnyoneIn: Authenticate = () => ANYONE;

/** Whether the principal may see and do what belongs to `userId`. */
export const mayActFor = (principal: Principal, userId: string): boolean =>
  principal.kind === 'anyone' || principal.userId === userId;
