import { CRASH_POINT, type CrashPoint, type Log, type Participant } from '@saga-checkout/participant';
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
import { Ledger, type LedgerBoundary } from './providers/simulated/ledger.js';
import { SimulatedProvider } from './providers/simulated/simulated-provider.js';

/** Whose command passes the boundaries of the simulated provider's ledger. */
const LEDGER_BOUNDARIES: Readonly<Record<LedgerBoundary, string>> = {
  'before-decision': payment.process.name,
  'after-decision': payment.process.name,
  'before-lookup': payment.process.name,
  'after-lookup': payment.process.name,
  'before-return': payment.refund.name,
  'after-return': payment.refund.name,
};

/** What the service consists of. */
export const paymentService = (env: Env): Participant => ({
  service: 'payment-service',
  queue: payment.process.queue,
  boundaries: [
    ...PROVIDER_BOUNDARIES,
    ...Object.entries(LEDGER_BOUNDARIES).map(([boundary, command]) => `${boundary}:${command}`),
  ],
  migrations,
  controllers: [PaymentController, PaymentReadsController],
  providers: (log) => [
    {
      provide: Cashier,
      useFactory: (pool: pg.Pool, crashPoint: CrashPoint) => cashierOf(env, log, pool, crashPoint),
      inject: [pg.Pool, CRASH_POINT],
    },
    PaymentRepository,
    PaymentReader,
    PaymentService,
  ],
});

/** Knows every provider that a payment choice may name. */
function cashierOf(env: Env, log: Log, pool: pg.Pool, crashPoint: CrashPoint): Cashier {
  const ledger = new Ledger(pool, (boundary) => crashPoint(boundary, LEDGER_BOUNDARIES[boundary]));
  const simulated = new SimulatedProvider(ledger, { failureRate: env.PAYMENT_FAILURE_RATE });
  return new Cashier({ providers: { simulated }, timeoutMs: env.PROVIDER_TIMEOUT_MS, log });
}
