import type { Request } from 'express';

/**
 * On whose behalf a request is made. `anyone` is the answer of a door without a lock (development): who stands there
 * may act for every customer, and is no operator.
 */
export type Principal =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'known'; readonly userId: string; readonly isAdmin: boolean };

/** Finds out who asks. Throws a problem (or rejects with one) when that cannot be told, or must be told first. */
export type Authenticate = (req: Request) => Principal | Promise<Principal>;

const ANYONE: Principal = { kind: 'anyone' };

/** The door without a lock. */
export const letAnyoneIn: Authenticate = () => ANYONE;

/** Whether the principal may see and do what belongs to `userId`: it is their own, or they are an operator. */
export const mayActFor = (principal: Principal, userId: string): boolean =>
  principal.kind === 'anyone' || principal.isAdmin || principal.userId === userId;

/** Whose things alone the principal may see; undefined: everybody's. */
export const ownerOnly = (principal: Principal): string | undefined =>
  principal.kind === 'anyone' || principal.isAdmin ? undefined : principal.userId;
