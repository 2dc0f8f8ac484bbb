import type { Problem } from '@saga-checkout/shared-types';
import { type ProblemCode, problemCodes, problemType } from './problem-codes.js';

/** One thing wrong with a request: where (JSON pointer into the body), what (code) and in words. */
export type FieldError = NonNullable<Problem['errors']>[number];

export interface ProblemOptions {
  readonly errors?: readonly FieldError[];
  /** Headers of the answer besides the content type: `Allow`, `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the body besides those of every problem: `orderId`, `available`. They never override one of these. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** One of the shop's own (5xx) that comes in crowds, and whose cause is told elsewhere: it is counted, not logged. */
  readonly isRoutine?: boolean;
  /** What only the log may know. */
  readonly log?: Readonly<Record<string, unknown>>;
}

/** A request that ends in a problem instead of an answer. Thrown by handlers, or handed to `Answers.problem`. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;

  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(`${code}: ${detail}`);
    this.status = problemCodes[code][0];
  }

  /** The same problem with further headers. */
  with(headers: Readonly<Record<string, string>>): HttpProblem {
    return new HttpProblem(this.code, this.detail, {
      ...this.options,
      headers: { ...this.options.headers, ...headers },
    });
  }
}

/** The body of a problem (RFC 9457) as text. `instance` is the path asked for, without its query. */
export function problemBody(problem: HttpProblem, instance: string, traceId: string): string {
  const { code, detail, options } = problem;
  return JSON.stringify({
    ...options.members,
    type: problemType(code),
    title: problemCodes[code][1],
    status: problem.status,
    detail,
    instance: instance.slice(0, 500),
    code,
    traceId,
    success: false,
    errors: options.errors,
  } satisfies Record<string, unknown>);
}
