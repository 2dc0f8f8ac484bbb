import { BadRequestException, Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { type Product, type ReservationRecord, uuid } from '@saga-checkout/shared-types';
import { z } from 'zod';
import { InventoryReader } from './inventory.reader.js';

/** `?ids=a,b`: at most 50, as many as an order has lines. */
const idList = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(uuid).max(50));

/** Catalog and reservations over HTTP, for the gateway. Writing goes through commands only. */
@Controller()
export class InventoryReadsController {
  readonly #reader: InventoryReader;

  constructor(reader: InventoryReader) {
    this.#reader = reader;
  }

  @Get('products')
  async products(@Query('ids') ids?: unknown): Promise<{ items: Product[] }> {
    return { items: ids === undefined ? await this.#reader.products() : await this.#named(ids) };
  }

  @Get('products/:id')
  async product(@Param('id') id: string): Promise<Product> {
    const productId = uuid.safeParse(id);
    const [found] = productId.success ? await this.#reader.productsWithIds([productId.data]) : [];
    if (!found) throw new NotFoundException({ code: 'PRODUCT_NOT_FOUND', message: `there is no product ${id}` });
    return found;
  }

  @Get('reservations/:orderId')
  async reservations(@Param('orderId') id: string): Promise<{ items: ReservationRecord[] }> {
    const orderId = uuid.safeParse(id);
    return { items: orderId.success ? await this.#reader.reservations(orderId.data) : [] };
  }

  #named(ids: unknown): Promise<Product[]> {
    const list = idList.safeParse(ids);
    if (list.success) return this.#reader.productsWithIds(list.data);
    const message = 'ids must be at most 50 UUIDs, separated by commas';
    throw new BadRequestException({ code: 'INVALID_QUERY', message });
  }
}
