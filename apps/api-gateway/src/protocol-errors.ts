import { HttpProblem, problemBody } from './problem.js';
import type { ProblemCode } from './problem-codes.js';
import { continueTrace } from './trace.js';

/** What Node reports about a connection whose bytes are not a request. */
export interface ProtocolError extends Error {
  readonly code?: string;
}

type Known = readonly [code: ProblemCode, detail: string];

const KNOWN: Readonly<Record<string, Known>> = {
  HPE_HEADER_OVERFLOW: ['HEADERS_TOO_LARGE', 'The headers of a request may have at most 16 KB.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['BODY_TOO_LARGE', 'The extensions of a chunk are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['REQUEST_TIMEOUT', 'The request did not arrive in time; nothing was done.'],
  EXPECTATION_FAILED: ['EXPECTATION_FAILED', 'Expect may only be 100-continue.'],
  METHOD_NOT_ALLOWED: ['METHOD_NOT_ALLOWED', 'No address here answers to CONNECT.'],
};

const BROKEN: Known = ['BROKEN_REQUEST', 'The request is not HTTP/1.1 as RFC 9112 has it; nothing was done.'];

/** The problem behind an error of the parser, by its code. */
export function protocolProblem(code: string | undefined): HttpProblem {
  const [problemCode, detail] = KNOWN[code ?? ''] ?? BROKEN;
  return new HttpProblem(problemCode, detail);
}

/** An answer for a connection on which no request was understood, so that there is no path to name. */
export function rawAnswer(problem: HttpProblem): { status: number; head: Record<string, string>; body: string } {
  const body = problemBody(problem, '/', continueTrace(undefined).traceId);
  const head = {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...(problem.status === 405 ? { allow: 'GET, HEAD, POST, OPTIONS' } : {}),
  };
  return { status: problem.status, head, body };
}
