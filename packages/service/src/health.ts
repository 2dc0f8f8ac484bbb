import express, { type Request, type Response, type Router } from 'express';
import { redactText } from './redact.js';

/** Looks at one dependency; rejects with the reason if it can't be used. */
export type HealthCheck = () => Promise<void>;

/** What a service depends on. */
export interface HealthOptions {
  readonly service: string;
  readonly checks: Readonly<Record<string, HealthCheck>>;
  /** After how long a check that doesn't answer counts as failed, in ms. */
  readonly timeoutMs?: number;
}

interface DependencyHealth {
  readonly status: 'up' | 'down';
  readonly latencyMs: number;
  readonly message?: string;
}

/**
 * `GET /health/live`: 200 as long as the process answers. `GET /health/ready`: 200 if every dependency can be used,
 * otherwise 503. `GET /health`: the same with each dependency's status and latency: healthy, degraded (some of them
 * down), or unhealthy (all of them).
 */
export function createHealth({ service, checks, timeoutMs = 2000 }: HealthOptions): Router {
  const router = express.Router();
  const look = async () => {
    const names = Object.entries(checks).map(async ([name, check]) => [name, await examine(check, timeoutMs)] as const);
    return Object.fromEntries(await Promise.all(names));
  };

  router.get('/health/live', (_request: Request, response: Response) => {
    response.json({ status: 'live', service });
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

async function examine(check: HealthCheck, timeoutMs: number): Promise<DependencyHealth> {
  const start = performance.now();
  const latencyMs = () => Math.round((performance.now() - start) * 10) / 10;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([Promise.resolve().then(check), tooLate]);
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
