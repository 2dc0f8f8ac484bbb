import { alternativesOf, firstOf } from '@saga-checkout/auditor';
import amqp, { type Channel, type ChannelModel } from 'amqplib';

const COMMAND_QUEUES = ['order_commands', 'inventory_commands', 'payment_commands'];

/** Every queue of a shop. */
export const QUEUES = COMMAND_QUEUES.flatMap((name) => [name, `${name}.dead_letters`]);

interface Look {
  readonly connection: ChannelModel;
  readonly channel: Channel;
}

/** A look at the shop's queues, which takes nothing away; by way of another node when one is gone. */
export class Queues {
  #look: Look | undefined;

  private constructor(private readonly url: string) {}

  static async open(url: string): Promise<Queues> {
    const queues = new Queues(url);
    await queues.#open();
    return queues;
  }

  /** How many messages wait to be delivered. */
  async count(queue: string): Promise<number> {
    const { channel } = this.#look ?? (await this.#open());
    return (await channel.checkQueue(queue)).messageCount;
  }

  /** Commands that wait, and commands that were put aside: of both there should be none. */
  async problems(): Promise<string[]> {
    const problems: string[] = [];
    for (const queue of QUEUES) {
      const count = await this.count(queue);
      if (count > 0) problems.push(`${count} messages in ${queue}`);
    }
    return problems;
  }

  async close(): Promise<void> {
    await this.#look?.connection.close().catch(() => {}); // it may be gone already
  }

  async #open(): Promise<Look> {
    const connect = (one: string) => amqp.connect(one, { noDelay: true, timeout: 5_000 });
    const connection = await firstOf(alternativesOf(this.url), connect);
    connection.on('error', () => {}); // 'close' follows
    connection.on('close', () => {
      if (this.#look?.connection === connection) this.#look = undefined;
    });
    this.#look = { connection, channel: await connection.createChannel() };
    return this.#look;
  }
}
