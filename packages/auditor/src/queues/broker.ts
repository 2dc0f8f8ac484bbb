import amqp, { type Channel, type ChannelModel, type GetMessage } from 'amqplib';
import { alternativesOf, firstOf } from '../addresses.js';
import { CannotCheck, messageOf, withoutPassword } from '../problem.js';

/** A command that was put aside, as far as it says whose it is. */
export interface Letter {
  readonly queue: string;
  readonly type: string;
  readonly reason: string;
  /** The sagas of its commands; none, if it does not even say that. */
  readonly sagaIds: readonly string[];
  /** How it begins. */
  readonly body: string;
  readonly messageId: string;
}

/** Letters of one queue that are looked at; who has more has another problem. */
const MOST_LETTERS = 10_000;

/** The broker, as somebody sees it who takes nothing away. */
export class Broker {
  readonly #connection: ChannelModel;

  private constructor(connection: ChannelModel) {
    this.#connection = connection;
  }

  /** Connects to the first host that serves. @throws CannotCheck */
  static connect(url: string): Promise<Broker> {
    return firstOf(alternativesOf(url), Broker.#connect);
  }

  static async #connect(url: string): Promise<Broker> {
    try {
      const options = { noDelay: true, timeout: 5_000, clientProperties: { connection_name: 'auditor' } };
      const connection = await amqp.connect(url, options);
      connection.on('error', () => {}); // what is asked rejects, and that is told
      return new Broker(connection);
    } catch (error) {
      throw new CannotCheck(
        `RabbitMQ (${withoutPassword(url)}) cannot be reached: ${messageOf(error)}`,
        'start it (pnpm stack up), or set RABBITMQ_URL to where it is',
        { cause: error },
      );
    }
  }

  /** Messages that wait in a queue at this moment; those that a consumer holds are not among them. @throws CannotCheck */
  async ready(queue: string): Promise<number> {
    return this.#withChannel(queue, async (channel) => (await channel.checkQueue(queue)).messageCount);
  }

  /** The dead letters of a queue; they are put back when all have been read. @throws CannotCheck */
  async deadLetters(queue: string): Promise<Letter[]> {
    const deadLetters = `${queue}.dead_letters`;
    return this.#withChannel(deadLetters, async (channel) => {
      const letters: Letter[] = [];
      while (letters.length < MOST_LETTERS) {
        const message = await channel.get(deadLetters, { noAck: false });
        if (message === false) break;
        letters.push(letterOf(queue, message));
      }
      // Not by closing the channel: a newer broker takes that for a failed delivery, and counts it.
      if (letters.length > 0) channel.nackAll(true);
      return letters;
    });
  }

  async close(): Promise<void> {
    await this.#connection.close().catch(() => {}); // it may be gone already
  }

  async #withChannel<T>(queue: string, work: (channel: Channel) => Promise<T>): Promise<T> {
    try {
      const channel = await this.#connection.createChannel();
      channel.on('error', () => {}); // the call under way rejects with it
      const result = await work(channel);
      await channel.close();
      return result;
    } catch (error) {
      const missing = (error as { code?: number }).code === 404;
      throw new CannotCheck(
        missing ? `the broker has no queue ${queue}` : `the queue ${queue} cannot be read: ${messageOf(error)}`,
        missing
          ? 'start the participants once, or name in RABBITMQ_URL the broker and virtual host that they use'
          : 'see what the broker’s log says about it',
        { cause: error },
      );
    }
  }
}

function letterOf(queue: string, { content, properties, fields }: GetMessage): Letter {
  const headers = (properties.headers ?? {}) as Record<string, unknown>;
  const body = content.toString();
  const told = headers['x-saga-id'];
  return {
    queue,
    type: String(properties.type ?? fields.routingKey),
    reason: String(headers['x-reason'] ?? headers['x-first-death-reason'] ?? 'no reason given'),
    sagaIds: typeof told === 'string' ? [told] : sagaIdsIn(body),
    body: body.slice(0, 200),
    messageId: String(properties.messageId ?? ''),
  };
}

/** What the broker itself put aside is as it was sent: one or more commands, each with its saga. */
function sagaIdsIn(body: string): string[] {
  try {
    const { items } = JSON.parse(body) as { items: readonly { readonly sagaId?: unknown }[] };
    return items.map(({ sagaId }) => String(sagaId));
  } catch {
    return [];
  }
}
