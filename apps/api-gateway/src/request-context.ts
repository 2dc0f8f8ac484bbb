import type { Request } from 'express';
import { continueTrace, type Trace } from './trace.js';

declare global {
  namespace Express {
    interface Request {
      /** When the request's headers had arrived (`performance.now()`). */
      startedAt?: number;
      trace?: Trace;
    }
  }
}

/** The trace of a request: the same one however often it is asked for. */
export function traceOf(req: Request): Trace {
  if (req.trace === undefined) {
    const incoming = req.headers.traceparent;
    req.trace = continueTrace(typeof incoming === 'string' ? incoming : undefined);
  }
  return req.trace;
}

/** The path asked for, without the query: that may hold what does not belong into logs and answers. */
export function pathOf(req: Request): string {
  const url = req.originalUrl;
  const query = url.indexOf('?');
  return query === -1 ? url : url.slice(0, query);
}

/** Whether the client has not sent all of its body yet. */
export const isStillSending = (req: Request): boolean =>
  !req.complete && (req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined);
