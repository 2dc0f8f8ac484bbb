import { faultEnv, hostUrls, shutdownEnv } from '@saga-checkout/service';
import { z } from 'zod';

/** What every participant reads from its environment; each adds its own to it. */
export function participantEnv({ port, database }: { readonly port: number; readonly database: string }) {
  return z.object({
    PORT: z.coerce.number().int().min(0).max(65_535).default(port),
    HOST: z.string().default('127.0.0.1'),
    DB_URL: hostUrls({
      protocols: ['postgres', 'postgresql'],
      fallback: `postgres://postgres:1111@127.0.0.1:5432/${database}`,
    }),
    RABBITMQ_URL: hostUrls({ protocols: ['amqp', 'amqps'], fallback: 'amqp://admin:admin@127.0.0.1:5672' }),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    LOG_PRETTY: z.stringbool().optional(),
    ...shutdownEnv,
    ...faultEnv,
  });
}

export type ParticipantEnv = z.output<ReturnType<typeof participantEnv>>;
