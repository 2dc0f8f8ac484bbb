import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Log } from '../answers.js';
import type { Env } from '../env.js';
import { type Authenticate, letAnyoneIn } from '../principal.js';
import { byToken } from './authenticate.js';
import { type TokenRules, verifier } from './verify.js';

/** How long the token that is printed at start is good for. */
const DEVELOPMENT_TOKEN_LIFE = '12h';

/** Who is let in where. */
export interface Doors {
  /** For customers. */
  readonly customers: Authenticate;
  /** For operators: always by token. */
  readonly operators: Authenticate;
}

/**
 * The doors that the environment asks for. With AUTH_MODE=none everybody is let in as any customer; operators need a token
 * all the same, and one is logged.
 */
export async function doorsOf(env: Env, log: Log): Promise<Doors> {
  if (env.AUTH_MODE === 'jwt') {
    const door = byToken(verifier(rulesOf(env)));
    return { customers: door, operators: door };
  }
  const secret = env.JWT_SECRET ?? randomBytes(32).toString('base64url');
  const rules = { ...rulesOf(env), key: { secret } };
  log.warn('AUTH_MODE is none: whoever reaches this door may act for every customer; for development only');
  log.info(`a token for operators, good for ${DEVELOPMENT_TOKEN_LIFE}: ${await developmentToken(rules, secret)}`);
  return { customers: letAnyoneIn, operators: byToken(verifier(rules)) };
}

function rulesOf(env: Env): TokenRules {
  const { JWT_SECRET: secret, JWT_JWKS_URL: jwksUrl } = env;
  return {
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
    key: jwksUrl !== undefined ? { jwksUrl: new URL(jwksUrl) } : { secret: secret ?? '' },
    clockToleranceS: env.JWT_CLOCK_TOLERANCE_S,
  };
}

function developmentToken({ issuer, audience }: TokenRules, secret: string): Promise<string> {
  return new SignJWT({ roles: ['admin'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('developer')
    .setIssuer(issuer)
    .setAudience(audience)
    .setExpirationTime(DEVELOPMENT_TOKEN_LIFE)
    .sign(new TextEncoder().encode(secret));
}
