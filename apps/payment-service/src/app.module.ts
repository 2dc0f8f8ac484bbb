import { type DynamicModule, Module } from '@nestjs/common';
import { participantMessaging } from '@saga-checkout/messaging';
import type { createLogger } from '@saga-checkout/service';
import { payment } from '@saga-checkout/shared-types';
import pg from 'pg';
import { openPool } from './db/pool.js';
import type { Env } from './env.js';
import { Cashier } from './payment/cashier.js';
import { PaymentController } from './payment/payment.controller.js';
import { PaymentReader } from './payment/payment.reader.js';
import { PaymentReadsController } from './payment/payment.reads.controller.js';
import { PaymentRepository } from './payment/payment.repository.js';
import { CLOCK, PaymentService } from './payment/payment.service.js';
import { Ledger } from './providers/simulated/ledger.js';
import { SimulatedProvider } from './providers/simulated/simulated-provider.js';

type Log = ReturnType<typeof createLogger>;

@Module({})
class AppModule {}

/** What the service consists of. */
export function appModule(env: Env, log: Log): DynamicModule {
  return {
    module: AppModule,
    imports: [
      participantMessaging({
        url: env.RABBITMQ_URL,
        queue: payment.process.queue,
        serviceName: 'payment-service',
        log,
      }),
    ],
    controllers: [PaymentController, PaymentReadsController],
    providers: [
      { provide: pg.Pool, useFactory: () => poolOf(env, log) },
      { provide: Cashier, useFactory: (pool: pg.Pool) => cashierOf(env, log, pool), inject: [pg.Pool] },
      { provide: CLOCK, useValue: () => new Date() },
      PaymentRepository,
      PaymentReader,
      PaymentService,
    ],
  };
}

function cashierOf(env: Env, log: Log, pool: pg.Pool): Cashier {
  const simulated = new SimulatedProvider(new Ledger(pool), { failureRate: env.PAYMENT_FAILURE_RATE });
  return new Cashier({ providers: { simulated }, timeoutMs: env.PROVIDER_TIMEOUT_MS, log });
}

function poolOf(env: Env, log: Log): pg.Pool {
  return openPool(env.DB_URL, (error) =>
    log.warn({ err: error }, 'a database connection was lost; it will be replaced'),
  );
}
