import { Controller } from '@nestjs/common';
import { type CommandConsumer, CommandsFrom, handler, ParticipantMessaging } from '@saga-checkout/messaging';
import { order } from '@saga-checkout/shared-types';
import { OrderService } from './order.service.js';

type Message = Parameters<CommandConsumer['receive']>[0];

/** Entry for commands about orders: each message is decoded, its commands are executed, and each is answered. */
@Controller()
export class OrderController {
  readonly #consumer: CommandConsumer;

  constructor(messaging: ParticipantMessaging, orders: OrderService) {
    this.#consumer = messaging.consumer([
      handler(order.create, (payload) => orders.create(payload)),
      handler(order.confirm, (payload) => orders.confirm(payload)),
      handler(order.cancel, (payload) => orders.cancel(payload)),
    ]);
  }

  @CommandsFrom(order.create.queue)
  receive(message: Message): Promise<void> {
    return this.#consumer.receive(message);
  }
}
