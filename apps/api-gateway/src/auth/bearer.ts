import type { Request } from 'express';
import { HttpProblem } from '../problem.js';

/** Longer than any token we would issue; what is longer is not looked at. */
const MAX_TOKEN_LENGTH = 4_096;

/** What RFC 6750 asks for with a 401. */
const challenge = (error?: string) => ({
  'www-authenticate': `Bearer realm="saga-checkout"${error === undefined ? '' : `, error="${error}"`}`,
});

/** The token of `Authorization: Bearer <token>`. Throws a problem (UNAUTHENTICATED) when there is none. */
export function bearerToken(req: Request): string {
  const header = req.headers.authorization;
  if (header === undefined)
    throw new HttpProblem('UNAUTHENTICATED', 'Say who you are: send "Authorization: Bearer <token>".', {
      headers: challenge(),
    });
  const [, token] = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header) ?? [];
  if (token === undefined || token.length > MAX_TOKEN_LENGTH)
    throw refusedToken('The Authorization header must be "Bearer" and a token.');
  return token;
}

/** The problem of a token that does not open this door. */
export const refusedToken = (detail: string, cause?: unknown): HttpProblem => {
  const problem = new HttpProblem('UNAUTHENTICATED', detail, { headers: challenge('invalid_token') });
  problem.cause = cause;
  return problem;
};
