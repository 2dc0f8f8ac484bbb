import type { Log, Participant } from '@saga-checkout/participant';
import { payment } from '@saga-checkout/shared-types';
import pg from 'pg';
import { migrations } from './db/migrations.js';
import type { Env } from './env.js';
import { Cashier } from './payment/cashier.js';
import { PaymentController } from './payment/payment.controller.js';
import { PaymentReader } from './payment/payment.reader.js';
import { PaymentReadsController } from './payment/payment.reads.controller.js';
import { PaymentRepository } from './payment/payment.repository.js';
import { PaymentService, PROVIDER_BOUNDARIES } from './payment/payment.service.js';
import { Ledger } from './providers/simulated/ledger.js';
import { SimulatedProvider } from './providers/simulated/simulated-provider.js';

/** What the service consists of. */
export const paymentService = (env: Env): Participant => ({
  service: 'payment-service',
  queue: payment.process.queue,
  boundaries: PROVIDER_BOUNDARIES,
  migrations,
  controllers: [PaymentController, PaymentReadsController],
  providers: (log) => [
    { provide: Cashier, useFactory: (pool: pg.Pool) => cashierOf(env, log, pool), inject: [pg.Pool] },
    PaymentRepository,
    PaymentReader,
    PaymentService,
  ],
});

/** Knows every provider that a payment choice may name. */
function cashierOf(env: Env, log: Log, pool: pg.Pool): Cashier {
  const simulated = new SimulatedProvider(new Ledger(pool), { failureRate: env.PAYMENT_FAILURE_RATE });
  return new Cashier({ providers: { simulated }, timeoutMs: env.PROVIDER_TIMEOUT_MS, log });
}
