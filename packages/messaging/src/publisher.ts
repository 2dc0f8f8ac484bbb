import type { ConfirmChannel, Message, Options } from 'amqplib';

/** Why the broker did not take a message; `CONNECTION_LOST` means that whether it did is unknown. */
export type PublishProblem = 'UNROUTABLE' | 'NOT_ACCEPTED' | 'CONNECTION_LOST';

type Done = (problem?: PublishProblem) => void;

/**
 * Publishes on one channel and says of every message, once, what became of it. amqplib alone does not: it reports a
 * message that no queue took as confirmed, and when a channel closes it calls back only some of those that wait.
 */
export class Publisher {
  readonly channel: ConfirmChannel;
  readonly #waiting = new Map<string, Done>();
  #closed = false;

  constructor(channel: ConfirmChannel) {
    this.channel = channel;
    // The broker sends a returned message before it confirms it.
    channel.on('return', (message: Message) => this.#settle(message.properties.messageId, 'UNROUTABLE'));
    // Before amqplib's own listener, which calls back with an error that doesn't tell a refusal from a lost channel.
    channel.prependListener('close', () => {
      this.#closed = true;
      for (const messageId of [...this.#waiting.keys()]) this.#settle(messageId, 'CONNECTION_LOST');
    });
  }

  /** Never throws. `done` is called exactly once, never before this returns. */
  publish(
    exchange: string,
    routingKey: string,
    content: Buffer,
    options: Options.Publish & { messageId: string },
    done: Done,
  ): void {
    const { messageId } = options;
    const earlier = this.#waiting.get(messageId);
    // The same message twice at once: what becomes of one becomes of both.
    this.#waiting.set(messageId, earlier ? both(earlier, done) : done);
    try {
      this.channel.publish(exchange, routingKey, content, options, (error: unknown) => {
        if (!error) this.#settle(messageId);
        else this.#settle(messageId, this.#closed ? 'CONNECTION_LOST' : 'NOT_ACCEPTED');
      });
    } catch {
      // The channel closed a moment ago; amqplib says so by throwing.
      setImmediate(() => this.#settle(messageId, 'CONNECTION_LOST'));
    }
  }

  #settle(messageId: string, problem?: PublishProblem): void {
    const done = this.#waiting.get(messageId);
    if (!done) return;
    this.#waiting.delete(messageId);
    done(problem);
  }
}

const both =
  (one: Done, other: Done): Done =>
  (problem) => {
    one(problem);
    other(problem);
  };
