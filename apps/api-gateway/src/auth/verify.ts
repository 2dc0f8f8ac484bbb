import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { HttpProblem } from '../problem.js';
import { refusedToken } from './bearer.js';

/** Which tokens are good: whose, for whom, and how they are signed. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** Signed with a secret that we share (HS256), or with a key that the issuer publishes there. */
  readonly key: { readonly secret: string } | { readonly jwksUrl: URL };
  /** By how much clocks may differ, in seconds. */
  readonly clockToleranceS: number;
}

/** Checks a token and gives what it says. Rejects with a problem: UNAUTHENTICATED, or AUTH_UNAVAILABLE. */
export type Verify = (token: string) => Promise<JWTPayload>;

/** Those for which a public key is published; never a shared secret's, which anybody could sign with that key. */
const PUBLIC_KEY_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** After so long, a key that is not known yet is looked for again: that is how a new one comes into use. In ms. */
const LOOK_AGAIN_MS = 5_000;
const FETCH_TIMEOUT_MS = 2_000;

export function verifier({ issuer, audience, key, clockToleranceS }: TokenRules): Verify {
  const options: JWTVerifyOptions = {
    issuer,
    audience,
    clockTolerance: clockToleranceS,
    requiredClaims: ['sub', 'exp'],
    algorithms: 'secret' in key ? ['HS256'] : PUBLIC_KEY_ALGORITHMS,
  };
  const check = 'secret' in key ? withSecret(key.secret, options) : withPublished(key.jwksUrl, options);
  return (token) => check(token).catch((error: unknown) => Promise.reject(problemOf(error)));
}

function withSecret(secret: string, options: JWTVerifyOptions): Verify {
  const bytes = new TextEncoder().encode(secret);
  return async (token) => (await jwtVerify(token, bytes, options)).payload;
}

function withPublished(url: URL, options: JWTVerifyOptions): Verify {
  const keys = createRemoteJWKSet(url, { cooldownDuration: LOOK_AGAIN_MS, timeoutDuration: FETCH_TIMEOUT_MS });
  return async (token) => (await jwtVerify(token, keys, options)).payload;
}

/** The token's fault is a 401 that says what to do; that keys cannot be fetched is ours. */
function problemOf(error: unknown): HttpProblem {
  if (error instanceof errors.JWTExpired) return refusedToken('The token has expired: get a new one.', error);
  if (error instanceof errors.JWTClaimValidationFailed)
    return refusedToken(`The token is not good here: its claim "${error.claim}" is missing or another one.`, error);
  if (isOfTheToken(error)) return refusedToken('The token cannot be verified.', error);
  const problem = new HttpProblem('AUTH_UNAVAILABLE', 'Who you are cannot be checked right now. Try again soon.', {
    headers: { 'retry-after': '2' },
  });
  problem.cause = error;
  return problem;
}

const OF_THE_TOKEN = [
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSMultipleMatchingKeys,
  errors.JWKSNoMatchingKey,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JWTInvalid,
];

const isOfTheToken = (error: unknown): boolean => OF_THE_TOKEN.some((kind) => error instanceof kind);
