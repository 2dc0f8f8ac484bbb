import { type DynamicModule, Module } from '@nestjs/common';
import { createPool } from '@saga-checkout/database';
import { participantMessaging } from '@saga-checkout/messaging';
import type { createLogger } from '@saga-checkout/service';
import { inventory } from '@saga-checkout/shared-types';
import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
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
  const onError = (error: Error) => log.warn({ err: error }, 'a database connection was lost; it will be replaced');
  return createPool({ url: indexesFirst(env.DB_URL), applicationName: 'inventory-service', onError });
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
