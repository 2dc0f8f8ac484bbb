import { UpstreamError } from './exchange.js';
import type { Replicas } from './replicas.js';

/** The services behind the door, by the names they have in `/health`. */
export interface Upstreams {
  readonly orchestrator: Replicas;
  readonly 'order-service': Replicas;
  readonly 'inventory-service': Replicas;
  readonly 'payment-service': Replicas;
}

const HEALTH_TIMEOUT_MS = 1_500;

/** Resolves when the service says that it is ready; rejects with the reason when not. */
export async function isAlive(replicas: Replicas): Promise<void> {
  const { status } = await replicas.ask({ method: 'GET', path: '/health/ready', timeoutMs: HEALTH_TIMEOUT_MS });
  if (status !== 200) throw UpstreamError.answered(status);
}

/** Closes the connections to all of them. */
export async function closeUpstreams(upstreams: Upstreams): Promise<void> {
  await Promise.all(Object.values(upstreams).map((replicas: Replicas) => replicas.close()));
}
