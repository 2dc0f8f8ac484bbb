import { SagaError } from '@saga-checkout/saga';
import type { Response } from 'express';
import type { z } from 'zod';

/** The answer to an error that the engine expects. Others go to the error handler. */
export function refuse(response: Response, error: unknown): void {
  if (!(error instanceof SagaError)) throw error;
  const { code, message, retryAfterMs = 1_000 } = error;
  switch (code) {
    case 'TOO_MANY_SAGAS':
      return unavailable(response, 'ORCHESTRATOR_FULL', message, retryAfterMs);
    case 'STOPPING':
      return unavailable(response, 'ORCHESTRATOR_STOPPING', message, retryAfterMs);
    case 'JOURNAL_UNAVAILABLE':
      return unavailable(response, code, message, retryAfterMs);
    case 'UNKNOWN_SAGA':
      return void response.status(404).json({ code: 'SAGA_NOT_FOUND', message });
    case 'NOT_APPLICABLE':
    case 'UNKNOWN_DEFINITION':
    case 'DEFINITION_CHANGED':
      return void response.status(409).json({ code, message });
    case 'INVALID_QUERY':
      return void response.status(400).json({ code, message });
    default:
      throw error;
  }
}

/** 503: nothing was begun; asking again in that time may help. */
export function unavailable(
  response: Response,
  code: string,
  message: string,
  retryAfterMs: number,
  more?: object,
): void {
  const retryAfterSeconds = Math.max(1, Math.ceil(retryAfterMs / 1_000));
  const body = { code, message, retryAfterSeconds, ...more };
  response.status(503).set('Retry-After', String(retryAfterSeconds)).json(body);
}

/** 400, with everything that is wrong and where. */
export function invalid(response: Response, error: z.ZodError): void {
  const errors = error.issues.map(({ path, code, message }) => ({ pointer: `/${path.join('/')}`, code, message }));
  response.status(400).json({ code: 'INVALID_REQUEST', message: 'the request is not valid; see errors', errors });
}
