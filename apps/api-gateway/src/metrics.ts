import { createMetrics } from '@saga-checkout/service';
import type { Request } from 'express';
import { Counter, Histogram } from 'prom-client';

/** What is measured of every request. */
export interface RequestMetrics {
  /** Counts a request as answered now. */
  observe(req: Request, status: number): void;
  /** Counts a checkout that was refused because the shop is busy or a part of it is away. */
  refused(code: string): void;
}

type Registry = ReturnType<typeof createMetrics>['registry'];

/** Duration of requests by route and status, as a histogram; and how many checkouts were refused at the door. */
export function createRequestMetrics(registry: Registry): RequestMetrics {
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the headers of a request to its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const refusals = new Counter({
    name: 'checkout_refused_total',
    help: 'Checkouts that were refused at the door, by the code of the problem',
    labelNames: ['code'],
    registers: [registry],
  });
  return {
    refused: (code) => refusals.inc({ code }),
    observe(req, status) {
      const seconds = (performance.now() - (req.startedAt ?? performance.now())) / 1000;
      // The route, not the path: a label with ids in it would grow without end.
      const route = typeof req.route?.path === 'string' ? req.route.path : 'none';
      duration.observe({ method: METHODS.has(req.method) ? req.method : 'other', route, status }, seconds);
    },
  };
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
