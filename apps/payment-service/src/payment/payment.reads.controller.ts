import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { type PaymentRecord, uuid } from '@saga-checkout/shared-types';
import { PaymentReader } from './payment.reader.js';

/** Payments over HTTP, for the gateway. Writing goes through commands only. */
@Controller('payments')
export class PaymentReadsController {
  readonly #reader: PaymentReader;

  constructor(reader: PaymentReader) {
    this.#reader = reader;
  }

  @Get(':orderId')
  async find(@Param('orderId') id: string): Promise<PaymentRecord> {
    const orderId = uuid.safeParse(id);
    const found = orderId.success ? await this.#reader.find(orderId.data) : undefined;
    if (!found)
      throw new NotFoundException({ code: 'PAYMENT_NOT_FOUND', message: `there is no payment of order ${id}` });
    return found;
  }
}
