import { type DynamicModule, Module } from '@nestjs/common';
import { createPool } from '@saga-checkout/database';
import { participantMessaging } from '@saga-checkout/messaging';
import type { createLogger } from '@saga-checkout/service';
import { order } from '@saga-checkout/shared-types';
import pg from 'pg';
import type { Env } from './env.js';
import { OrderController } from './order/order.controller.js';
import { OrderReader } from './order/order.reader.js';
import { OrderReadsController } from './order/order.reads.controller.js';
import { OrderRepository } from './order/order.repository.js';
import { CLOCK, OrderService } from './order/order.service.js';

type Log = ReturnType<typeof createLogger>;

@Module({})
class AppModule {}

/** What the service consists of. */
export function appModule(env: Env, log: Log): DynamicModule {
  return {
    module: AppModule,
    imports: [
      participantMessaging({ url: env.RABBITMQ_URL, queue: order.create.queue, serviceName: 'order-service', log }),
    ],
    controllers: [OrderController, OrderReadsController],
    providers: [
      { provide: pg.Pool, useFactory: () => poolOf(env, log) },
      { provide: CLOCK, useValue: () => new Date() },
      OrderRepository,
      OrderReader,
      OrderService,
    ],
  };
}

function poolOf(env: Env, log: Log): pg.Pool {
  const onError = (error: Error) => log.warn({ err: error }, 'a database connection was lost; it will be replaced');
  return createPool({ url: indexesFirst(env.DB_URL), applicationName: 'order-service', onError });
}

/**
 * A statement that was prepared while its table was small would go on reading the whole table, and would do so until
 * the next ANALYZE, up to a minute and a hundred thousand orders later. All we ask for is found by an index.
 */
function indexesFirst(url: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', '-c enable_seqscan=off');
  return changed.href;
}
