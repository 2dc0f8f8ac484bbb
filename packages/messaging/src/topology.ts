import {
  COMMANDS_EXCHANGE,
  type Command,
  DEAD_LETTERS_EXCHANGE,
  inventory,
  order,
  payment,
} from '@saga-checkout/shared-types';
import type { Channel, Options } from 'amqplib';

/** Every exchange, queue and argument there is, the same from RabbitMQ 3.10 to 4.x. */

/**
 * After how many deliveries without an answer the broker gives a message up and dead-letters it. A consumer that
 * crashes spends one delivery of everything it had prefetched, also of the messages that were not at fault: so the
 * limit is well above the number of crashes in a row that anybody should see, and the prefetch is moderate.
 */
export const DELIVERY_LIMIT = 20;

/** Messages, of up to 500 commands each, that one consumer holds at a time. */
export const PREFETCH_COUNT = 100;

/** A participant's queue, and the names of the commands that are routed to it. */
export interface QueueTopology {
  readonly queue: string;
  readonly commands: readonly string[];
}

/** A queue by its name, if the contracts say which commands it takes; otherwise with them. */
export type QueueRef = string | QueueTopology;

/** The queue that holds what could not be executed from `queue`. */
export function deadLettersOf(queue: string): string {
  return `${queue}.dead_letters`;
}

/** The queue with its commands. Throws if it is only named and no contract mentions it. */
export function topologyOf(ref: QueueRef): QueueTopology {
  if (typeof ref !== 'string') return ref;
  const contracts: Command[] = [order, inventory, payment].flatMap((contract) => Object.values(contract));
  const commands = contracts.filter((command) => command.queue === ref).map((command) => command.name);
  if (commands.length === 0) throw new Error(`no command's contract names the queue ${JSON.stringify(ref)}`);
  return { queue: ref, commands };
}

/** Options of a participant's queue. Whoever declares it must use the same, or the broker answers 406. */
export function commandQueueOptions(queue: string): Options.AssertQueue {
  return {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-delivery-limit': DELIVERY_LIMIT,
      'x-dead-letter-exchange': DEAD_LETTERS_EXCHANGE,
      'x-dead-letter-routing-key': queue,
      // What the broker itself dead-letters is not lost when the target can't take it; needs reject-publish.
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
    },
  };
}

/** Options of a queue for dead letters. */
export function deadLetterQueueOptions(): Options.AssertQueue {
  return { durable: true, arguments: { 'x-queue-type': 'quorum' } };
}

/** Both exchanges: direct and durable. */
export const EXCHANGES = [COMMANDS_EXCHANGE, DEAD_LETTERS_EXCHANGE] as const;

/** Declares exchanges, queues and bindings. Rejects with the broker's error (406 if a queue has other arguments). */
export async function declareTopology(channel: Channel, queues: readonly QueueTopology[]): Promise<void> {
  for (const exchange of EXCHANGES) await channel.assertExchange(exchange, 'direct', { durable: true });
  for (const { queue, commands } of queues) {
    const deadLetters = deadLettersOf(queue);
    await channel.assertQueue(deadLetters, deadLetterQueueOptions());
    await channel.bindQueue(deadLetters, DEAD_LETTERS_EXCHANGE, queue);
    await channel.assertQueue(queue, commandQueueOptions(queue));
    for (const command of commands) await channel.bindQueue(queue, COMMANDS_EXCHANGE, command);
  }
}

/** What to do about an error of the broker, if anything is known. */
export function cureOf(error: unknown): string | undefined {
  const { code, message = '' } = (error ?? {}) as { code?: unknown; message?: string };
  if (code === 406 && message.includes('inequivalent arg'))
    return 'the queue exists with other arguments: let it run empty, delete it (rabbitmqctl delete_queue <name>), and it is declared anew';
  if (code === 403 || message.includes('ACCESS_REFUSED') || message.includes('ACCESS-REFUSED'))
    return 'user, password or permissions in RABBITMQ_URL are wrong';
  if (code === 541 || message.includes('541 (INTERNAL-ERROR)'))
    return 'the broker fails at it, and its log says why; a queue that it cannot start again is deleted by hand (rabbitmqctl delete_queue <name>) and declared anew: sagas send again what was in it';
  if (code === 'ECONNREFUSED') return 'nothing listens there: start RabbitMQ, or correct RABBITMQ_URL';
  return undefined;
}
