import { type DynamicModule, Module } from '@nestjs/common';
import { participantMessaging } from '@saga-checkout/messaging';
import type { createLogger } from '@saga-checkout/service';
import { inventory } from '@saga-checkout/shared-types';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { openPool } from './db/pool.js';
import type { Env } from './env.js';
import { InventoryController } from './inventory/inventory.controller.js';
import { InventoryReader } from './inventory/inventory.reader.js';
import { InventoryReadsController } from './inventory/inventory.reads.controller.js';
import { InventoryRepository } from './inventory/inventory.repository.js';
import { CLOCK, InventoryService, NEW_ID } from './inventory/inventory.service.js';

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
        queue: inventory.reserve.queue,
        serviceName: 'inventory-service',
        log,
      }),
    ],
    controllers: [InventoryController, InventoryReadsController],
    providers: [
      { provide: pg.Pool, useFactory: () => poolOf(env, log) },
      { provide: CLOCK, useValue: () => new Date() },
      { provide: NEW_ID, useValue: uuidv7 },
      InventoryRepository,
      InventoryReader,
      InventoryService,
    ],
  };
}

function poolOf(env: Env, log: Log): pg.Pool {
  return openPool(env.DB_URL, (error) =>
    log.warn({ err: error }, 'a database connection was lost; it will be replaced'),
  );
}
