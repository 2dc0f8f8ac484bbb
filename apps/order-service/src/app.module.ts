import { type DynamicModule, Module } from '@nestjs/common';
import { participantMessaging } from '@saga-checkout/messaging';
import type { createLogger } from '@saga-checkout/service';
import { order } from '@saga-checkout/shared-types';
import pg from 'pg';
import { openPool } from './db/pool.js';
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
  return openPool(env.DB_URL, (error) =>
    log.warn({ err: error }, 'a database connection was lost; it will be replaced'),
  );
}
