import type { Channel, ChannelModel } from 'amqplib';

/**
 * Asks the broker how many consume a queue, over a channel of its own: the broker answers a question about a queue that is
 * not there by closing the channel, which must not be the one that commands are sent on.
 */
export class ConsumerCounts {
  readonly #connection: ChannelModel;
  #channel: Promise<Channel> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(connection: ChannelModel) {
    this.#connection = connection;
  }

  /** How many consume the queue; 0 if there is none of that name. Rejects if the connection is lost. */
  of(queue: string): Promise<number> {
    // One at a time: the answer that closes the channel would take the other questions with it.
    const count = this.#last.then(() => this.#ask(queue));
    this.#last = count.catch(() => {});
    return count;
  }

  async #ask(queue: string): Promise<number> {
    this.#channel ??= this.#open();
    const channel = await this.#channel;
    try {
      return (await channel.checkQueue(queue)).consumerCount;
    } catch (error) {
      this.#channel = undefined;
      if ((error as { code?: unknown }).code === NOT_FOUND) return 0;
      throw error;
    }
  }

  async #open(): Promise<Channel> {
    try {
      const channel = await this.#connection.createChannel();
      // The question's own promise tells of it.
      channel.on('error', () => {});
      return channel;
    } catch (error) {
      this.#channel = undefined;
      throw error;
    }
  }
}

const NOT_FOUND = 404;
