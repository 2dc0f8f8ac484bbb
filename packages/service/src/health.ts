import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import { redactText } from './redact.js';

/** Looks at one dependency; rejects with the reason if it can't be used. */
export type HealthCheck = () => Promise<void>;

/** What a service depends on. */
export interface HealthOptions {
  readonly service: string;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** After how long a check that doesn't answer counts as failed, in ms. */
  readonly timeoutMs?: number;
  /** Whether the process was told to stop: it is not ready then, whatever the checks say. */
  readonly isStopping?: () => boolean;
}

interface DependencyHealth {
  readonly status: 'up' | 'down';
  readonly latencyMs: number;
  readonly message?: string;
}

/**
 * `GET /health/live`: 200 as long as the process answers. `GET /health/ready`: 200 if every dependency can be used and the
 * process was not told to stop, otherwise 503. `GET /health`: the same with each dependency's status and latency: healthy,
 * degraded (some of them down), unhealthy (all of them), or stopping.
 */
export function createHealth({ service, checks, timeoutMs = 2000, isStopping = () => false }: HealthOptions): Router {
  const router = express.Router();
  const named = Object.entries(checks).map(([name, check]) => [name, shared(check)] as const);
  const look = async () => {
    const looks = named.map(async ([name, check]) => [name, await examine(check, timeoutMs)] as const);
    return Object.fromEntries(await Promise.all(looks));
  };

  router.get('/health/live', (_request: Request, response: Response) => {
    response.json({ status: 'live', service });
  });
  router.get(['/health/ready', '/health'], (_request: Request, response: Response, next: NextFunction) => {
    if (isStopping()) response.status(503).json({ status: 'stopping', service, dependencies: {} });
    else next();
  });
  router.get('/health/ready', async (_request: Request, response: Response) => {
    const dependencies = await look();
    const down = Object.keys(dependencies).filter((name) => dependencies[name]?.status === 'down');
    if (down.length === 0) response.json({ status: 'ready', service });
    else response.status(503).json({ status: 'not ready', service, failing: down, dependencies });
  });
  router.get('/health', async (_request: Request, response: Response) => {
    const dependencies = await look();
    const status = overall(Object.values(dependencies));
    response.status(status === 'unhealthy' ? 503 : 200).json({ status, service, dependencies });
  });
  return router;
}

function overall(dependencies: readonly DependencyHealth[]): 'healthy' | 'degraded' | 'unhealthy' {
  const down = dependencies.filter((dependency) => dependency.status === 'down').length;
  if (down === 0) return 'healthy';
  return down < dependencies.length ? 'degraded' : 'unhealthy';
}

/** After so long, in ms, a look is taken for one that will never end. */
const GIVEN_UP_MS = 10_000;

/** A look that is still under way is not begun again: a dependency that hangs would be given one more of them each time. */
function shared(check: HealthCheck): HealthCheck {
  let underWay: { readonly look: Promise<void>; readonly since: number } | undefined;
  return () => {
    const now = performance.now();
    if (underWay !== undefined && now - underWay.since < GIVEN_UP_MS) return underWay.look;
    const begun = { look: Promise.resolve().then(check), since: now };
    underWay = begun;
    const over = () => {
      if (underWay === begun) underWay = undefined;
    };
    begun.look.then(over, over);
    return begun.look;
  };
}

async function examine(check: HealthCheck, timeoutMs: number): Promise<DependencyHealth> {
  const start = performance.now();
  const latencyMs = () => Math.round((performance.now() - start) * 10) / 10;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([check(), tooLate]);
    return { status: 'up', latencyMs: latencyMs() };
  } catch (error) {
    return { status: 'down', latencyMs: latencyMs(), message: reason(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Node's AggregateError (one error per address tried) has an empty message; its code says what happened. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return redactText(String(error));
  const { code } = error as Error & { code?: string };
  return redactText(error.message || code || error.name);
}
