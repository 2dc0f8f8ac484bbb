import { audit, linesOf } from '@saga-checkout/auditor';
import type { Stack } from '@saga-checkout/local-stack';

/** What the auditor finds wrong after all the load, one line each; nothing if the books balance. */
export async function checkBooks({ postgres, rabbitmq }: Stack): Promise<string[]> {
  const databaseUrls = {
    orders: postgres.urlFor('orders'),
    inventory: postgres.urlFor('inventory'),
    payments: postgres.urlFor('payments'),
    orchestrator: postgres.urlFor('orchestrator'),
  };
  const { url, managementUrl = '' } = rabbitmq;
  return linesOf(await audit({ databaseUrls, broker: { url, managementUrl }, moment: 'rest' }));
}
