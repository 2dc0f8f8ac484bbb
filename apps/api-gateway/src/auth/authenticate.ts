import type { JWTPayload } from 'jose';
import type { Authenticate, Principal } from '../principal.js';
import { HttpProblem } from '../problem.js';
import { bearerToken } from './bearer.js';
import type { Verify } from './verify.js';

/** The role that operators have among their token's `roles`. */
const ADMIN = 'admin';
/** A verified token is not verified again for so long: less than it takes to withdraw a key. In ms. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;

interface Remembered {
  readonly principal: Principal;
  /** Epoch ms. */
  readonly until: number;
}

/** Who asks, by their bearer token. */
export function byToken(verify: Verify, now: () => number = Date.now): Authenticate {
  const remembered = new Map<string, Remembered>();
  return async (req) => {
    const token = bearerToken(req);
    const known = remembered.get(token);
    if (known !== undefined && known.until > now()) return known.principal;
    remembered.delete(token);
    const claims = await verify(token);
    const principal = principalOf(claims);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(token, { principal, until: Math.min(now() + REMEMBERED_MS, (claims.exp ?? 0) * 1_000) });
    return principal;
  };
}

function principalOf({ sub = '', roles }: JWTPayload): Principal {
  return { kind: 'known', userId: sub, isAdmin: Array.isArray(roles) && roles.includes(ADMIN) };
}

/** The operator who asks, by their name. Rejects with a problem when it is none. */
export async function operatorOf(authenticate: Authenticate, ...[req]: Parameters<Authenticate>): Promise<string> {
  const principal = await authenticate(req);
  if (principal.kind === 'known' && principal.isAdmin) return principal.userId;
  throw new HttpProblem('FORBIDDEN', 'This is for operators: the token needs the role "admin".');
}
