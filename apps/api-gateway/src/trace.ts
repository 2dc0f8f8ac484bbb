import { randomHex } from './random.js';

/** What ties the logs and answers of one request together, across services. */
export interface Trace {
  /** 32 hexadecimal digits: the caller's trace, or a new one. */
  readonly traceId: string;
  /** What is passed on to the next service (W3C Trace Context, version 00). */
  readonly traceparent: string;
}

const INCOMING = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(?:-.*)?$/;

/** Continues the trace of an incoming `traceparent`, or begins one. What is not well-formed is as good as absent. */
export function continueTrace(incoming: string | undefined): Trace {
  const match = incoming === undefined ? null : INCOMING.exec(incoming);
  const traceId = match?.[1] ?? randomHex(16);
  return { traceId, traceparent: `00-${traceId}-${randomHex(8)}-${match?.[2] ?? '00'}` };
}
