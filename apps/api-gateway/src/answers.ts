import type { createLogger } from '@saga-checkout/service';
import type { Request, Response } from 'express';
import type { RequestMetrics } from './metrics.js';
import { HttpProblem, problemBody } from './problem.js';
import { isStillSending, pathOf, traceOf } from './request-context.js';

export type Log = ReturnType<typeof createLogger>;

type Headers = Readonly<Record<string, string>>;

/** A refused body up to this size is still received and thrown away, so that the connection stays of use. */
const MAX_DISCARD_BYTES = 5 * 1024 * 1024;

/** The one place where requests are answered, so that each is measured, and each that failed is logged, once. */
export class Answers {
  private readonly logsAll: boolean;

  constructor(
    private readonly log: Log,
    private readonly metrics: RequestMetrics,
  ) {
    this.logsAll = log.isLevelEnabled('debug');
  }

  /** Answers with JSON that is already text. */
  json(res: Response, status: number, body: string, headers?: Headers): void {
    this.send(res, status, 'application/json; charset=utf-8', body, headers);
    if (this.logsAll) this.log.debug(this.fields(res.req, status), 'answered');
  }

  /** Answers with a problem; one of the shop's own (5xx) is logged with all that is known about it. */
  problem(res: Response, problem: HttpProblem): void {
    const { req } = res;
    const body = problemBody(problem, pathOf(req), traceOf(req).traceId);
    const { headers } = problem.options;
    const last = isStillSending(req) && !isSoonReceived(req);
    this.send(
      res,
      problem.status,
      'application/problem+json',
      body,
      last ? { ...headers, connection: 'close' } : headers,
    );
    if (problem.options.isRoutine) this.metrics.refused(problem.code);
    if (problem.status >= 500 && !problem.options.isRoutine) this.logFailure(req, problem);
    else if (this.logsAll) this.log.debug(this.fields(req, problem.status, problem), 'answered');
  }

  private send(res: Response, status: number, contentType: string, body: string, headers?: Headers): void {
    if (res.headersSent) {
      // Too late for another answer: a cut connection is the only way left to say that this one is not whole.
      res.destroy();
      return;
    }
    res.writeHead(status, {
      'content-type': contentType,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    });
    res.end(body);
    this.metrics.observe(res.req, status);
  }

  private logFailure(req: Request, problem: HttpProblem): void {
    const { log, members } = problem.options;
    const cause = problem.cause === undefined ? {} : { err: problem.cause };
    this.log.error({ ...this.fields(req, problem.status, problem), ...members, ...log, ...cause }, problem.detail);
  }

  private fields(req: Request, status: number, problem?: HttpProblem): Record<string, unknown> {
    const durationMs = Math.round(performance.now() - (req.startedAt ?? performance.now()));
    const { method } = req;
    return { method, path: pathOf(req), status, code: problem?.code, traceId: traceOf(req).traceId, durationMs };
  }
}

function isSoonReceived(req: Request): boolean {
  const announced = req.headers['content-length'];
  return announced !== undefined && Number(announced) <= MAX_DISCARD_BYTES;
}
