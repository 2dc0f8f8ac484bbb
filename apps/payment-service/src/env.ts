import { loadEnv } from '@saga-checkout/service';
import { z } from 'zod';

const schema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(3003),
  HOST: z.string().default('127.0.0.1'),
  DB_URL: z
    .url({ protocol: /^postgres(ql)?$/, message: 'must be a URL such as postgres://user:password@host:5432/payments' })
    .default('postgres://postgres:1111@127.0.0.1:5432/payments'),
  RABBITMQ_URL: z
    .url({ protocol: /^amqps?$/, message: 'must be a URL such as amqp://user:password@host:5672' })
    .default('amqp://admin:admin@127.0.0.1:5672'),
  /** Share of plain card payments that the simulated provider declines, 0 to 1. */
  PAYMENT_FAILURE_RATE: z.coerce.number().min(0).max(1).default(0.05),
  /** How long one call of a payment provider may take, in ms. */
  PROVIDER_TIMEOUT_MS: z.coerce.number().int().min(1).max(60_000).default(3000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_PRETTY: z.stringbool().optional(),
});

export type Env = z.output<typeof schema>;

/** The service's configuration. Throws a StartupError that lists everything wrong with it. */
export const readEnv = (source: Readonly<Record<string, string | undefined>> = process.env): Env =>
  loadEnv(schema, source, 'payment-service');
