import { BadRequestException, Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { type OrderRecord, userId, uuid } from '@saga-checkout/shared-types';
import { z } from 'zod';
import { cursor } from './cursor.js';
import { type OrderPage, OrderReader } from './order.reader.js';

const pageQuery = z.object({ limit: z.coerce.number().int().min(1).max(100).default(20), cursor: cursor.optional() });

/** Orders over HTTP, for the gateway. Writing goes through commands only. */
@Controller('orders')
export class OrderReadsController {
  readonly #reader: OrderReader;

  constructor(reader: OrderReader) {
    this.#reader = reader;
  }

  @Get('user/:userId')
  page(@Param('userId') user: string, @Query() query: unknown): Promise<OrderPage> {
    const { limit, cursor } = parse(pageQuery, query, 'limit must be 1 to 100, cursor the nextCursor of a page');
    return this.#reader.page(parse(userId, user, 'userId must be 1 to 64 of A-Z, a-z, 0-9, - and _'), limit, cursor);
  }

  @Get(':id')
  async find(@Param('id') id: string): Promise<OrderRecord> {
    const orderId = uuid.safeParse(id);
    const found = orderId.success ? await this.#reader.find(orderId.data) : undefined;
    if (!found) throw new NotFoundException({ code: 'ORDER_NOT_FOUND', message: `there is no order ${id}` });
    return found;
  }
}

function parse<S extends z.ZodType>(schema: S, value: unknown, message: string): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw new BadRequestException({ code: 'INVALID_QUERY', message });
  return result.data;
}
