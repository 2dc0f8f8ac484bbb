import { hostname } from 'node:os';
import { faultEnv, hostUrls, loadEnv, shutdownEnv } from '@saga-checkout/service';
import { z } from 'zod';

const schema = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(3004),
  HOST: z.string().default('127.0.0.1'),
  DB_URL: hostUrls({
    protocols: ['postgres', 'postgresql'],
    fallback: 'postgres://postgres:1111@127.0.0.1:5432/orchestrator',
  }),
  RABBITMQ_URL: hostUrls({ protocols: ['amqp', 'amqps'], fallback: 'amqp://admin:admin@127.0.0.1:5672' }),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  /** The process's stable name: started again under it, it takes back its sagas at once. Default: host name and port. */
  ORCHESTRATOR_NAME: z.string().min(1).max(100).optional(),
  /**
   * Sagas that this process takes on at a time; past it, checkouts are refused with 503. As many as end within 2 s, by
   * Little's law: at 500 to 700 a second, more of them would only wait for each other.
   */
  MAX_CONCURRENT_SAGAS: z.coerce.number().int().min(1).default(1_000),
  /** Without an Idempotency-Key, the same cart of the same user within this time is the same checkout. In ms; 0: never. */
  CHECKOUT_DEDUPE_WINDOW_MS: z.coerce.number().int().min(0).default(60_000),
  /** How long a step waits for its participant's answer before it asks again. In ms. */
  STEP_TIMEOUT_MS: z.coerce.number().int().min(50).max(600_000).default(5_000),
  /** How long the journal of a saga that has ended is kept. */
  SAGA_KEEP_DAYS: z.coerce.number().positive().default(30),
  /** How long its keys and its outcome are kept, by which a repeated checkout is known. */
  SAGA_KEEP_KEYS_DAYS: z.coerce.number().positive().default(365),
  ...shutdownEnv,
  ...faultEnv,
});

export type Env = ReturnType<typeof readEnv>;

/** The orchestrator's configuration; the only place where it reads the environment. */
export function readEnv(source: Readonly<Record<string, string | undefined>> = process.env) {
  const env = loadEnv(schema, source, 'orchestrator');
  return { ...env, ORCHESTRATOR_NAME: env.ORCHESTRATOR_NAME ?? `orchestrator@${hostname()}:${env.PORT}` };
}
