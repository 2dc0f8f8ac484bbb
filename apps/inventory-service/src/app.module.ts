import type { Participant } from '@saga-checkout/participant';
import { inventory } from '@saga-checkout/shared-types';
import { v7 as uuidv7 } from 'uuid';
import { migrations } from './db/migrations.js';
import { InventoryController } from './inventory/inventory.controller.js';
import { InventoryReader } from './inventory/inventory.reader.js';
import { InventoryReadsController } from './inventory/inventory.reads.controller.js';
import { InventoryRepository } from './inventory/inventory.repository.js';
import { InventoryService, NEW_ID } from './inventory/inventory.service.js';

/** What the service consists of. */
export const inventoryService: Participant = {
  service: 'inventory-service',
  queue: inventory.reserve.queue,
  migrations,
  controllers: [InventoryController, InventoryReadsController],
  providers: () => [
    { provide: NEW_ID, useValue: () => uuidv7() },
    InventoryRepository,
    InventoryReader,
    InventoryService,
  ],
};
