import { participantEnv } from '@saga-checkout/participant';
import { loadEnv } from '@saga-checkout/service';
import { z } from 'zod';

const schema = participantEnv({ port: 3003, database: 'payments' }).extend({
  /** Share of plain card payments that the simulated provider declines, 0 to 1. */
  PAYMENT_FAILURE_RATE: z.coerce.number().min(0).max(1).default(0.05),
  /** How long one call of a payment provider may take, in ms. */
  PROVIDER_TIMEOUT_MS: z.coerce.number().int().min(1).max(60_000).default(3000),
});

export type Env = z.output<typeof schema>;

/** The service's configuration. Throws a StartupError that lists everything wrong with it. */
export const readEnv = (source: Readonly<Record<string, string | undefined>> = process.env): Env =>
  loadEnv(schema, source, 'payment-service');
