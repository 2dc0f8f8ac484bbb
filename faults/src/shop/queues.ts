import amqp, { type Channel, type ChannelModel } from 'amqplib';

const COMMAND_QUEUES = ['order_commands', 'inventory_commands', 'payment_commands'];

/** A look at the shop's queues, which takes nothing away. */
export class Queues {
  private constructor(
    private readonly connection: ChannelModel,
    private readonly channel: Channel,
  ) {}

  static async open(url: string): Promise<Queues> {
    const connection = await amqp.connect(url, { noDelay: true, timeout: 5_000 });
    return new Queues(connection, await connection.createChannel());
  }

  /** Commands that wait, and commands that were put aside: of both there should be none. */
  async problems(): Promise<string[]> {
    const problems: string[] = [];
    for (const queue of COMMAND_QUEUES.flatMap((name) => [name, `${name}.dead_letters`])) {
      const { messageCount } = await this.channel.checkQueue(queue);
      if (messageCount > 0) problems.push(`${messageCount} messages in ${queue}`);
    }
    return problems;
  }

  async close(): Promise<void> {
    await this.connection.close().catch(() => {}); // it may be gone already
  }
}
