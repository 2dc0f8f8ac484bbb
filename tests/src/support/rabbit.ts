import { randomUUID } from 'node:crypto';
import amqp, { type ChannelModel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { eventually } from './eventually.js';

/** The queues of the three participants. */
export const COMMAND_QUEUES = ['order_commands', 'inventory_commands', 'payment_commands'] as const;
export type CommandQueue = (typeof COMMAND_QUEUES)[number];

const COMMAND_NAMES = [
  'order.create',
  'order.confirm',
  'order.cancel',
  'inventory.reserve',
  'inventory.release',
  'payment.process',
  'payment.refund',
] as const;

/** One participant's answer to one command. */
export interface Reply {
  readonly id: string;
  readonly outcome: 'done' | 'refused' | 'failed';
  readonly code?: string;
  readonly message?: string;
  readonly data?: unknown;
  readonly details?: unknown;
}

/**
 * Speaks to the broker as somebody would who knows the wire format and none of our code: commands by hand, raw bytes.
 */
export class Rabbit {
  readonly #replies = new Map<string, Reply>();

  private constructor(
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {}

  static async connect(url: string): Promise<Rabbit> {
    const connection = await amqp.connect(url, { noDelay: true });
    connection.on('error', () => {}); // what was asked of it rejects, which tells the test
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    const rabbit = new Rabbit(connection, channel);
    await channel.consume('amq.rabbitmq.reply-to', (message) => rabbit.#hear(message), { noAck: true });
    return rabbit;
  }

  /** Sends one command by hand and waits for its reply. */
  async command(name: string, payload: unknown, sagaId: string = randomUUID()): Promise<Reply> {
    const [reply] = await this.commands(name, [payload], sagaId);
    return reply as Reply;
  }

  /** Sends commands of one kind in one message, and waits for all replies; they are in the order of the payloads. */
  async commands(name: string, payloads: readonly unknown[], sagaId: string = randomUUID()): Promise<Reply[]> {
    const items = payloads.map((payload, index) => itemOf(sagaId, `byHand${index}`, payload));
    await this.publish(name, JSON.stringify({ items }));
    return Promise.all(items.map(({ id }) => this.replyTo(id)));
  }

  /** Publishes a body as it is, under the routing key and with the type; resolves when the broker has it. */
  async publish(routingKey: string, body: string, type = routingKey): Promise<void> {
    const properties = { type, replyTo: 'amq.rabbitmq.reply-to', correlationId: randomUUID(), persistent: true };
    this.channel.publish('commands', routingKey, Buffer.from(body), properties);
    await this.channel.waitForConfirms();
  }

  replyTo(id: string): Promise<Reply> {
    return eventually(`the reply to ${id}`, () => this.#replies.get(id), { everyMs: 5 });
  }

  /** Has the broker give up the next message of a queue that nobody consumes, as after crash upon crash of its consumer. */
  async giveUp(queue: CommandQueue): Promise<void> {
    await eventually(
      `a message of ${queue} to be given up`,
      async () => {
        const message = await this.channel.get(queue, { noAck: false });
        if (message === false) return (await this.waiting(queue)) === 0;
        this.channel.nack(message, false, true);
        return false;
      },
      { everyMs: 1 },
    );
  }

  /** Hears every command that is sent from now on, whoever takes it. */
  async eavesdrop(): Promise<{ messages(): Promise<string[]> }> {
    const { queue } = await this.channel.assertQueue('', { exclusive: true });
    for (const name of COMMAND_NAMES) await this.channel.bindQueue(queue, 'commands', name);
    return {
      messages: async () => {
        const heard: string[] = [];
        for (;;) {
          const message = await this.channel.get(queue, { noAck: true });
          if (message === false) return heard;
          heard.push(message.content.toString());
        }
      },
    };
  }

  /** Deletes a queue with all that is in it, whoever uses it; tells how many messages that were. */
  async deleteQueue(queue: CommandQueue): Promise<number> {
    return (await this.channel.deleteQueue(queue)).messageCount;
  }

  /** How many messages wait in a queue (those that a consumer holds are not counted). */
  async waiting(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).messageCount;
  }

  async consumers(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).consumerCount;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  #hear(message: ConsumeMessage | null): void {
    const body = JSON.parse(message?.content.toString() ?? '{"items":[]}') as { items: Reply[] };
    for (const reply of body.items) this.#replies.set(reply.id, reply);
  }
}

/** A command as it travels. */
export function itemOf(sagaId: string, step: string, payload: unknown) {
  return { id: `${sagaId}:${step}:do:1`, sagaId, step, attempt: 1, payload };
}
