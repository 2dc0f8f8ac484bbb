import { RabbitSubscribe } from '@golevelup/nestjs-rabbitmq';

/**
 * Marks the one method of a controller that receives the messages of a queue: `(message: ConsumeMessage) =>
 * Promise<void>`. The message is acknowledged when the promise resolves.
 */
export function CommandsFrom(queue: string): MethodDecorator {
  return RabbitSubscribe({ queue }) as MethodDecorator;
}
