import { randomUUID } from 'node:crypto';
import type { ProviderRequest } from '../providers/payment-provider.js';

/** What a test asks a provider for, under a key of its own. */
export function requestOf(method: string, idempotencyKey: string = randomUUID()): ProviderRequest {
  return { idempotencyKey, amountMinor: 7997n, currency: 'USD', method, provider: 'simulated' };
}
