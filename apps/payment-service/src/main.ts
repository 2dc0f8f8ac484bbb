import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ParticipantMessaging } from '@saga-checkout/messaging';
import { createHealth, createLogger, createMetrics, listen, onShutdown, runMain } from '@saga-checkout/service';
import pg from 'pg';
import { appModule } from './app.module.js';
import { checkMigrations } from './db/migrations.js';
import { readEnv } from './env.js';
import { HttpErrorsFilter } from './http-errors.filter.js';
import { nestLogger } from './nest-logger.js';

const service = 'payment-service';

runMain(async () => {
  const env = readEnv();
  const log = createLogger({ service, level: env.LOG_LEVEL, pretty: env.LOG_PRETTY });
  const app = await NestFactory.create<NestExpressApplication>(appModule(env, log), {
    logger: nestLogger(log),
    abortOnError: false,
    bodyParser: false,
  });
  const pool = app.get(pg.Pool);
  const messaging = app.get(ParticipantMessaging);

  const checks = {
    database: async () => void (await pool.query('SELECT 1')),
    broker: () => messaging.check(),
    migrations: () => checkMigrations(pool),
  };
  app.disable('x-powered-by');
  app.use(createHealth({ service, checks }), createMetrics(service).router);
  app.useGlobalFilters(new HttpErrorsFilter(log));
  await app.init();
  const server = await listen(app.getHttpAdapter().getInstance(), { host: env.HOST, port: env.PORT, service });
  log.info({ port: (server.address() as AddressInfo).port }, `${service} is up`);

  onShutdown(log, async () => {
    server.close();
    // Stops taking commands, and answers those that were taken.
    await app.close();
    server.closeAllConnections();
    await pool.end();
  });
});
