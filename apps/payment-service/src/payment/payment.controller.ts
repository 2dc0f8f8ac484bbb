import { Controller } from '@nestjs/common';
import { type CommandConsumer, CommandsFrom, handler, ParticipantMessaging } from '@saga-checkout/messaging';
import { payment } from '@saga-checkout/shared-types';
import { PaymentService } from './payment.service.js';

type Message = Parameters<CommandConsumer['receive']>[0];

/** Entry for commands about payments: each message is decoded, its commands are executed, and each is answered. */
@Controller()
export class PaymentController {
  readonly #consumer: CommandConsumer;

  constructor(messaging: ParticipantMessaging, payments: PaymentService) {
    this.#consumer = messaging.consumer([
      handler(payment.process, (payload) => payments.process(payload)),
      handler(payment.refund, (payload) => payments.refund(payload)),
    ]);
  }

  @CommandsFrom(payment.process.queue)
  receive(message: Message): Promise<void> {
    return this.#consumer.receive(message);
  }
}
