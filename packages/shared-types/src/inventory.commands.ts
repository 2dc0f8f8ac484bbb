import { z } from 'zod';
import { command } from './command.js';
import { currency, lineItems, timestamp, uuid } from './values.js';

const queue = 'inventory_commands';

/** What the inventory-service executes. */
export const inventory = {
  /** Reserves all lines or none, at the catalog's prices, in its currency. A refusal is recorded: a repeat gets the same answer. */
  reserve: command({
    name: 'inventory.reserve',
    queue,
    payload: z.strictObject({ orderId: uuid, items: lineItems, currency: currency.default('USD') }),
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
/** `details` of PRICE_CHANGED: the price that the customer saw, and the catalog's, with its currency. */
export const priceChangedDetails = z.object({
  productId: uuid,
  price: z.string(),
  currentPrice: z.string(),
  currentCurrency: currency,
});
/** `details` of UNKNOWN_PRODUCT. */
export const unknownProductDetails = z.object({ productId: uuid });
