import { Controller } from '@nestjs/common';
import { type CommandConsumer, CommandsFrom, handler, ParticipantMessaging } from '@saga-checkout/messaging';
import { inventory } from '@saga-checkout/shared-types';
import { InventoryService } from './inventory.service.js';

type Message = Parameters<CommandConsumer['receive']>[0];

/** Entry for commands about stock: each message is decoded, its commands are executed, and each is answered. */
@Controller()
export class InventoryController {
  readonly #consumer: CommandConsumer;

  constructor(messaging: ParticipantMessaging, stock: InventoryService) {
    this.#consumer = messaging.consumer([
      handler(inventory.reserve, (payload) => stock.reserve(payload)),
      handler(inventory.release, (payload) => stock.release(payload)),
    ]);
  }

  @CommandsFrom(inventory.reserve.queue)
  receive(message: Message): Promise<void> {
    return this.#consumer.receive(message);
  }
}
