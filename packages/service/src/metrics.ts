import express, { type Request, type Response, type Router } from 'express';
import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry with the process's own metrics, labelled with the service's name, and a router for `GET /metrics`. */
export function createMetrics(service: string): { registry: Registry; router: Router } {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  const router = express.Router();
  router.get('/metrics', async (_request: Request, response: Response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return { registry, router };
}
