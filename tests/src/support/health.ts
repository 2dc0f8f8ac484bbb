import type { ServiceName } from '@saga-checkout/local-stack';
import { expect } from 'vitest';
import { eventually } from './eventually.js';
import { HttpClient } from './http.js';
import type { ShopClient } from './shop-client.js';

/** The services that need a database and the broker. */
export const BEHIND_THE_DOOR = ['order-service', 'inventory-service', 'payment-service', 'orchestrator'] as const;

/** Waits until a service answers so; and if it is not well, that it names what it misses. */
export async function expectHealth(
  shop: ShopClient,
  service: ServiceName,
  path: string,
  status: number,
  failing?: string,
): Promise<void> {
  const client = new HttpClient(shop.urlOf(service));
  const isSo = async () => {
    const answer = await client.get(path);
    if (answer.status !== status) throw new Error(`it answers ${answer.status}: ${JSON.stringify(answer.body)}`);
    if (failing !== undefined) expect(answer.body.failing).toContain(failing);
    return true;
  };
  try {
    await eventually(`${service} to answer ${status} to ${path}`, isSo, { timeoutMs: 40_000 });
  } finally {
    await client.close();
  }
}
