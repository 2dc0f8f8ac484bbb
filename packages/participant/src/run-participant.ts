import 'reflect-metadata';
import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createPool, type DatabaseUrl, pendingMigrations } from '@saga-checkout/database';
import { ParticipantMessaging, participantMessaging } from '@saga-checkout/messaging';
import { createHealth, createLogger, createMetrics, listen, Shutdown } from '@saga-checkout/service';
import pg from 'pg';
import { CRASH_POINT, crashPointOf, faultsOf } from './crash-points.js';
import { HttpErrorsFilter } from './http-errors.filter.js';
import { nestLogger } from './nest-logger.js';
import type { ParticipantEnv } from './participant-env.js';
import { COUNT_REPEATED, repeatedCounter } from './repeated.js';

export type Log = ReturnType<typeof createLogger>;

/** Injection token of the clock: `() => Date`. */
export const CLOCK = Symbol('clock');

/** What makes one participant differ from another. */
export interface Participant extends Pick<ModuleMetadata, 'controllers'> {
  /** The app's name, as in `pnpm --filter=<service>`. */
  readonly service: string;
  /** The queue whose commands it executes. */
  readonly queue: string;
  /** Boundaries at which a test may end it, besides those that all participants have. */
  readonly boundaries?: readonly string[];
  /** Folder of its committed migrations. */
  readonly migrations: URL;
  /** On top of the `pg.Pool`, the {@link CLOCK} and the messaging that every participant has. */
  readonly providers: (log: Log) => ModuleMetadata['providers'];
}

/** How long reads that are under way when everything else has ended may take, in ms. */
const READS_MS = 1_000;

@Module({})
class ParticipantModule {}

/** Starts a participant: consumes its queue, serves its reads and its health, and stops in order when it is told to. */
export async function runParticipant(participant: Participant, env: ParticipantEnv): Promise<void> {
  const { service } = participant;
  const log = createLogger({ service, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
  const shutdown = new Shutdown({ log, delayMs: env.SHUTDOWN_DELAY_MS });
  const metrics = createMetrics(service);
  const app = await NestFactory.create<NestExpressApplication>(moduleOf(participant, env, log, metrics.registry), {
    logger: nestLogger(log),
    abortOnError: false,
    bodyParser: false,
  });
  const pool = app.get(pg.Pool);
  shutdown.defer(() => pool.end());
  const checks = checksOf(participant, pool, app.get(ParticipantMessaging));
  app.disable('x-powered-by');
  const isStopping = () => shutdown.isStopping;
  app.use(createHealth({ service, checks, isStopping }), metrics.router);
  app.useGlobalFilters(new HttpErrorsFilter(log));
  await app.init();
  const http = app.getHttpAdapter().getInstance();
  const server = await listen(http, { host: env.HOST, port: env.PORT, service, isStopping });
  shutdown.defer(() => server.close(READS_MS));
  // Reads are still served while this stops taking commands, and answers those that were taken.
  shutdown.defer(() => app.close());
  log.info({ port: server.port }, `${service} is up`);
}

function moduleOf(
  { service, queue, boundaries = [], controllers, providers }: Participant,
  env: ParticipantEnv,
  log: Log,
  registry: ReturnType<typeof createMetrics>['registry'],
): DynamicModule {
  const faults = faultsOf(service, queue, boundaries, env);
  return {
    module: ParticipantModule,
    imports: [participantMessaging({ url: env.RABBITMQ_URL, queue, serviceName: service, log, faults })],
    ...(controllers !== undefined && { controllers }),
    providers: [
      { provide: pg.Pool, useFactory: () => poolOf(env.DB_URL, service, log) },
      { provide: CLOCK, useValue: () => new Date() },
      { provide: CRASH_POINT, useValue: crashPointOf(faults) },
      { provide: COUNT_REPEATED, useValue: repeatedCounter(registry) },
      ...(providers(log) ?? []),
    ],
  };
}

function poolOf(url: DatabaseUrl, applicationName: string, log: Log): pg.Pool {
  const onError = (error: Error) => log.warn({ err: error }, 'a database connection was lost; it will be replaced');
  return createPool({ url, applicationName, onError });
}

function checksOf({ service, migrations }: Participant, pool: pg.Pool, messaging: ParticipantMessaging) {
  return {
    database: async () => void (await pool.query('SELECT 1')),
    broker: () => messaging.check(),
    migrations: async () => {
      const pending = await pendingMigrations(pool, migrations);
      if (pending > 0) throw new Error(`${pending} migrations are pending: run pnpm --filter=${service} db:migrate`);
    },
  };
}
