import { z } from 'zod';
import { command } from './command.js';
import { lineItems, timestamp, uuid } from './values.js';

const queue = 'inventory_commands';

/** What the inventory-service executes. */
export const inventory = {
  /** Reserves all lines or none. A refusal is recorded, so that a repeat gets the same answer. */
  reserve: command({
    name: 'inventory.reserve',
    queue,
    payload: z.strictObject({ orderId: uuid, items: lineItems }),
    reply: z.object({ reservationIds: z.array(uuid), reservedUntil: timestamp.optional() }),
    refusals: [
      'INSUFFICIENT_STOCK',
      'UNKNOWN_PRODUCT',
      'PRICE_CHANGED',
      'RESERVATION_RELEASED',
      'RESERVATION_CONFLICT',
    ],
  }),
  /** Gives the stock back; before its inventory.reserve it leaves a tombstone. */
  release: command({
    name: 'inventory.release',
    queue,
    payload: z.strictObject({ orderId: uuid }),
    reply: z.object({}),
    refusals: [],
  }),
} as const;

/** `details` of INSUFFICIENT_STOCK. */
export const insufficientStockDetails = z.object({ productId: uuid, requested: z.int(), available: z.int() });
/** `details` of PRICE_CHANGED. */
export const priceChangedDetails = z.object({ productId: uuid, price: z.string(), currentPrice: z.string() });
/** `details` of UNKNOWN_PRODUCT. */
export const unknownProductDetails = z.object({ productId: uuid });
