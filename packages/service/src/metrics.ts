import express, { type Request, type Response, type Router } from 'express';
import { Counter, collectDefaultMetrics, Registry } from 'prom-client';

/** A counter that is told apart by one label. */
interface LabelledCounter {
  readonly name: string;
  readonly help: string;
  readonly label: string;
}

/** Adds a counter to a registry, and gives what counts one more of a label's value. */
export function createCounter(registry: Registry, { name, help, label }: LabelledCounter): (value: string) => void {
  const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
  return (value) => counter.inc({ [label]: value });
}

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
