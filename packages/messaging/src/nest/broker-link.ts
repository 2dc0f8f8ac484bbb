import { setTimeout as sleep } from 'node:timers/promises';
import { AmqpConnection, type MessageHandlerOptions } from '@golevelup/nestjs-rabbitmq';
import { COMMANDS_EXCHANGE, DEAD_LETTERS_EXCHANGE, type ReplyItem } from '@saga-checkout/shared-types';
import type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { type BrokerUrl, fromAnyNode } from '../broker-url.js';
import { ConnectionLostError } from '../command-consumer.js';
import { type DeadLetter, letterProperties } from '../dead-letter.js';
import type { Faults } from '../faults.js';
import type { Log } from '../log.js';
import { Publisher } from '../publisher.js';
import { encodeReplies } from '../replies.js';
import {
  commandQueueOptions,
  cureOf,
  deadLetterQueueOptions,
  deadLettersOf,
  EXCHANGES,
  PREFETCH_COUNT,
  type QueueTopology,
} from '../topology.js';
import type { Entry } from './entries.js';
import { LinkBoundaries } from './link-boundaries.js';
import { golevelupLog } from './nest-log.js';

/** Where a participant is connected, and what it takes from there. */
export interface BrokerLinkOptions {
  readonly url: BrokerUrl;
  readonly topology: QueueTopology;
  readonly connectionName: string;
  readonly log: Log;
  readonly faults?: Faults | undefined;
}

/** Between a lost connection, or a failed attempt, and the next attempt. */
const RECONNECT_SECONDS = 0.5;

/** How long a broker may take to hear that a connection ends on which nothing is consumed, in ms. */
const GOODBYE_MS = 1000;

/** Before a connection whose channel the broker closed (406, deleted queue) is replaced; longer, as a person may be needed. */
const REOPEN_DELAY_MS = 1000;

/**
 * golevelup's connection with its traps closed. Its Nest module is not used, because that waits at boot for a broker
 * that is down, passes each message through Nest's interceptors, and keeps its connections in static fields; its
 * `AmqpConnection`, which consumes, declares and reconnects, is.
 */
export class BrokerLink {
  readonly #options: BrokerLinkOptions;
  readonly #amqp: AmqpConnection;
  readonly #boundaries: LinkBoundaries | undefined;
  /** Messages that are being worked on. */
  readonly #taken = new Set<Promise<void>>();
  #started = false;
  #stopping = false;
  #publisher: Publisher | undefined;
  #problem: string | undefined = 'not connected yet';

  constructor(options: BrokerLinkOptions) {
    this.#options = options;
    this.#boundaries = options.faults && new LinkBoundaries(options.faults);
    this.#amqp = new AmqpConnection({
      name: options.connectionName,
      // When one is lost, amqp-connection-manager goes on with the next.
      uri: fromAnyNode(options.url),
      prefetchCount: PREFETCH_COUNT,
      exchanges: EXCHANGES.map((name) => ({ name, type: 'direct', options: { durable: true } })),
      queues: queuesOf(options.topology),
      enableDirectReplyTo: false,
      // Decoding is ours: golevelup's would throw before the handler and requeue at once, for ever.
      deserializer: (content) => content,
      logger: golevelupLog(options.log),
      connectionInitOptions: { wait: false, skipConnectionFailedLogging: true, skipDisconnectFailedLogging: true },
      connectionManagerOptions: {
        heartbeatIntervalInSeconds: 5,
        reconnectTimeInSeconds: RECONNECT_SECONDS,
        connectionOptions: {
          // Without it Nagle's algorithm adds 43 ms to each round trip.
          noDelay: true,
          timeout: 5000,
          clientProperties: { connection_name: options.connectionName },
        },
      },
    });
  }

  /** Begins to connect and to hand messages to `entry`. Call once. */
  start(entry: Entry): void {
    const { log, topology } = this.#options;
    this.#started = true;
    // Nothing is awaited here, so that all setups are registered before the connection can be up. One that is
    // registered later runs at once, and if it fails (406), its rejection is nobody's and ends the process.
    this.#amqp.init().catch((error: unknown) => log.error({ err: error }, 'cannot begin to connect to RabbitMQ'));
    this.#hearConnection();
    const { managedChannel } = this.#amqp;
    void managedChannel.addSetup(async (channel: ConfirmChannel) => this.#watch(channel));
    // Emitted when every setup has succeeded on a channel that is still open.
    managedChannel.on('connect', () => {
      this.#problem = undefined;
      log.info({ queue: topology.queue }, `consuming ${topology.queue}`);
    });
    const subscription: MessageHandlerOptions = {
      queue: topology.queue,
      queueOptions: commandQueueOptions(topology.queue),
      errorHandler: (channel, message, error) => this.#giveUp(channel, message, error),
    };
    const work = this.#boundaries?.around(entry) ?? entry;
    const take: Entry = (message) => {
      const taken = work(message);
      const finished = () => void this.#taken.delete(taken);
      this.#taken.add(taken);
      taken.then(finished, finished);
      return taken;
    };
    // Resolves with the first connection, which may be long in coming.
    void this.#amqp.createSubscriber((_body, message) => take(message as ConsumeMessage), subscription, topology.queue);
  }

  /** Stops taking messages, finishes those that were taken, and disconnects. */
  async stop(): Promise<void> {
    if (!this.#started || this.#stopping) return;
    const isConsuming = this.isConnected();
    this.#stopping = true;
    this.#problem = 'shutting down';
    const goodbye = this.#sayGoodbye();
    if (isConsuming) return goodbye;
    // A broker that has not answered so far, or is gone, may not answer this either.
    await Promise.allSettled(this.#taken);
    await Promise.race([goodbye, sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  async #sayGoodbye(): Promise<void> {
    // golevelup's close() cancels none of its consumers. Tags of earlier connections reject: they are gone anyway.
    await Promise.allSettled(this.#amqp.consumerTags.map((tag) => this.#amqp.cancelConsumer(tag)));
    const { log, topology } = this.#options;
    log.info({ queue: topology.queue }, 'takes no more messages; finishing those it has');
    await this.#amqp.close();
  }

  isConnected(): boolean {
    return this.#problem === undefined;
  }

  /** Throws with the reason while nothing can be consumed. */
  check(): void {
    if (this.#problem !== undefined) throw new Error(this.#problem);
  }

  /** Resolves when the broker has the letter in a queue. */
  deadLetter(letter: DeadLetter): Promise<void> {
    const publisher = this.#publisher;
    if (!publisher) return Promise.reject(new ConnectionLostError());
    return new Promise((resolve, reject) => {
      publisher.publish(DEAD_LETTERS_EXCHANGE, letter.queue, letter.content, letterProperties(letter), (problem) => {
        if (!problem) resolve();
        else
          reject(problem === 'CONNECTION_LOST' ? new ConnectionLostError() : new Error(`the broker says ${problem}`));
      });
    });
  }

  /** Hands answers to the broker, on the channel that the acknowledgement follows on. Never throws. */
  reply(to: string, correlationId: string, items: readonly ReplyItem[], command: string): void {
    const content = encodeReplies(items);
    const options = { correlationId, contentType: 'application/json' };
    if (this.#boundaries) return this.#boundaries.reply(() => this.#publisher, to, content, options, command);
    try {
      this.#publisher?.channel.publish('', to, content, options);
    } catch (error) {
      // The channel closed a moment ago: the message is delivered and answered again.
      this.#options.log.debug({ err: error, correlationId }, 'an answer was not sent, as the connection was lost');
    }
  }

  #hearConnection(): void {
    const { log } = this.#options;
    const { managedConnection } = this.#amqp;
    managedConnection.on('connectFailed', ({ err }) => {
      this.#say('warn', `cannot connect to RabbitMQ: ${err.message}`, err);
    });
    managedConnection.on('disconnect', ({ err }) => {
      this.#say('warn', `the connection to RabbitMQ was lost: ${err?.message ?? 'closed'}`, err);
    });
    managedConnection.on('blocked', ({ reason }) => log.warn({ reason }, 'RabbitMQ takes no messages for now'));
    managedConnection.on('unblocked', () => log.info({}, 'RabbitMQ takes messages again'));
  }

  /** Every new channel: hears what would otherwise end the process, or the consuming, without a word. */
  #watch(channel: ConfirmChannel): void {
    const connection = this.#amqp.managedConnection.connection as ChannelModel | undefined;
    const publisher = new Publisher(channel);
    this.#publisher = publisher;
    this.#boundaries?.watch(channel, this.#options.topology.queue);
    channel.on('error', (error: Error) => this.#say('error', `RabbitMQ closed the channel: ${error.message}`, error));
    channel.on('cancel', () => {
      this.#say('error', 'RabbitMQ cancelled the consumer, as it does when the queue is deleted');
      this.#reopen(connection);
    });
    channel.on('close', () => {
      if (this.#publisher === publisher) this.#publisher = undefined;
      this.#problem ??= 'the channel to RabbitMQ is closed';
      this.#reopen(connection);
    });
  }

  /** amqp-connection-manager opens a new channel only with a new connection, so the old one has to go. */
  #reopen(connection: ChannelModel | undefined): void {
    const { managedConnection } = this.#amqp;
    setTimeout(() => {
      if (this.#stopping || !connection || managedConnection.connection !== connection) return;
      connection.close().catch((error: unknown) => {
        this.#options.log.debug({ err: error }, 'the connection was closed already');
      });
    }, REOPEN_DELAY_MS).unref();
  }

  /** A controller's method threw, or the connection was lost before its message could be acknowledged. */
  #giveUp(channel: Pick<Channel, 'nack'>, message: ConsumeMessage | ConsumeMessage[], error: unknown): void {
    const { log } = this.#options;
    try {
      for (const each of [message].flat()) channel.nack(each, false, false);
      log.error({ err: error }, 'the method marked with @CommandsFrom threw: its message is dead-lettered');
    } catch {
      log.debug({ err: error }, 'a message could not be acknowledged, as the connection was lost; it comes again');
    }
  }

  /** Says what is wrong when it begins or changes, not at each attempt. */
  #say(level: 'warn' | 'error', problem: string, error?: unknown): void {
    if (this.#stopping || this.#problem === problem) return;
    this.#problem = problem;
    const cure = cureOf(error);
    this.#options.log[level]({ err: error }, cure ? `${problem}. To fix it: ${cure}` : problem);
  }
}

function queuesOf({ queue, commands }: QueueTopology) {
  return [
    {
      name: deadLettersOf(queue),
      options: deadLetterQueueOptions(),
      exchange: DEAD_LETTERS_EXCHANGE,
      routingKey: queue,
    },
    { name: queue, options: commandQueueOptions(queue), exchange: COMMANDS_EXCHANGE, routingKey: [...commands] },
  ];
}
