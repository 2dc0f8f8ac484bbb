import { faultEnv } from '@saga-checkout/service';
import { z } from 'zod';

/** What every participant reads from its environment; each adds its own to it. */
export function participantEnv({ port, database }: { readonly port: number; readonly database: string }) {
  const databaseUrl = z.url({
    protocol: /^postgres(ql)?$/,
    message: `must be a URL such as postgres://user:password@host:5432/${database}`,
  });
  return z.object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(port),
    HOST: z.string().default('127.0.0.1'),
    DB_URL: databaseUrl.default(`postgres://postgres:1111@127.0.0.1:5432/${database}`),
    RABBITMQ_URL: z
      .url({ protocol: /^amqps?$/, message: 'must be a URL such as amqp://user:password@host:5672' })
      .default('amqp://admin:admin@127.0.0.1:5672'),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    LOG_PRETTY: z.stringbool().optional(),
    ...faultEnv,
  });
}

export type ParticipantEnv = z.output<ReturnType<typeof participantEnv>>;
