import { userId, uuid } from '@saga-checkout/shared-types';
import type { Request } from 'express';
import { HttpProblem } from './problem.js';

/** The UUID in a path, lower-cased. Throws a problem (INVALID_ID) when it is none. */
export function readUuid(req: Request, name: string): string {
  const parsed = uuid.safeParse(req.params[name]);
  if (parsed.success) return parsed.data;
  throw new HttpProblem('INVALID_ID', 'The path needs a UUID such as 660facf7-b9cf-417a-8ee1-27afe2fb2c72.');
}

/** The user id in a path. Throws a problem (INVALID_ID) when it is none. */
export function readUserId(req: Request, name: string): string {
  const parsed = userId.safeParse(req.params[name]);
  if (parsed.success) return parsed.data;
  throw new HttpProblem('INVALID_ID', 'A user id is 1 to 64 characters of A-Z, a-z, 0-9, - and _.');
}
