import type { Participant } from '@saga-checkout/participant';
import { order } from '@saga-checkout/shared-types';
import { migrations } from './db/migrations.js';
import { OrderController } from './order/order.controller.js';
import { OrderReader } from './order/order.reader.js';
import { OrderReadsController } from './order/order.reads.controller.js';
import { OrderRepository } from './order/order.repository.js';
import { OrderService } from './order/order.service.js';

/** What the service consists of. */
export const orderService: Participant = {
  service: 'order-service',
  queue: order.create.queue,
  migrations,
  controllers: [OrderController, OrderReadsController],
  providers: () => [OrderRepository, OrderReader, OrderService],
};
