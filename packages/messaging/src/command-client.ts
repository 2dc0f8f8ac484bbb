import { randomUUID } from 'node:crypto';
import { COMMANDS_EXCHANGE, type CommandItem, type ReplyItem } from '@saga-checkout/shared-types';
import type { ChannelModel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import type { BrokerUrl } from './broker-url.js';
import { ClientSession, type SessionOptions } from './client-session.js';
import { confirmedPoint, type Faults, sendWith } from './faults.js';
import { groupCommands } from './grouping.js';
import type { Log } from './log.js';
import type { PublishProblem } from './publisher.js';
import { decodeReplies } from './replies.js';
import { type QueueRef, topologyOf } from './topology.js';

/** One command to send. */
export interface OutgoingCommand {
  readonly name: string;
  /** The participant's queue; the broker routes by the name, so this is for the reader of logs. */
  readonly queue: string;
  readonly item: CommandItem;
}

/** Where a {@link CommandClient} connects, and which queues it sends to (and declares, if they are missing). */
export interface CommandClientOptions {
  readonly url: BrokerUrl;
  readonly queues: readonly QueueRef[];
  readonly log: Log;
  readonly connectionName: string;
  readonly faults?: Faults | undefined;
}

/**
 * Where answers come back: a queue that goes with its connection. Not RabbitMQ's direct reply-to: its address names the
 * sender's node, and when that node is down, an answer closes the participant's connection (541; seen in 3.10).
 */
const REPLY_QUEUE_OPTIONS = { exclusive: true, durable: false, arguments: { 'x-queue-type': 'classic' } };

/** Codes with which the client itself answers a command: nobody executed it, or nobody knows. */
export type ClientFailure = PublishProblem | 'NOT_SERIALIZABLE' | 'BROKEN_REPLY';

const MESSAGES: Record<PublishProblem, string> = {
  CONNECTION_LOST: 'the connection to the broker was lost; whether the command was executed is unknown',
  UNROUTABLE: 'no queue takes the command: its participant never declared one, or the queue was deleted',
  NOT_ACCEPTED: 'the broker refused the command: the queue is full or unavailable',
};

/**
 * Sends commands and hears what became of each. There are no timeouts here: whoever sends decides how long to wait.
 * Each command in flight is answered exactly once, by its participant or by the client itself with the outcome
 * `failed`. When the connection drops, all in flight are answered at once, since their replies cannot come any more.
 */
export class CommandClient {
  readonly #log: Log;
  readonly #faults: Faults | undefined;
  readonly #sessions: SessionOptions;
  readonly #inFlight = new Set<string>();
  readonly #listeners: ((reply: ReplyItem) => void)[] = [];
  #session: ClientSession | undefined;
  /** Set before there is a publisher: nothing is sent without. */
  #replyQueue = '';

  constructor({ url, queues, log, connectionName, faults }: CommandClientOptions) {
    this.#log = log;
    this.#faults = faults;
    this.#sessions = {
      url,
      queues: queues.map(topologyOf),
      log,
      connectionName,
      onOpen: (connection, channel) => this.#hearReplies(connection, channel),
      onLost: () => this.#answerAll(this.#inFlight, 'CONNECTION_LOST', MESSAGES.CONNECTION_LOST),
    };
  }

  /** Begins to connect, and connects again whenever the connection is lost. Does not wait for the broker. */
  async start(): Promise<void> {
    this.#session ??= new ClientSession(this.#sessions);
  }

  /** Whether commands can be sent now. */
  isConnected(): boolean {
    return this.#session?.isConnected() ?? false;
  }

  /** For readiness: rejects with the reason while no commands can be sent. */
  async check(): Promise<void> {
    if (!this.#session) throw new Error('not started');
    this.#session.check();
  }

  /**
   * How many consume a queue at this moment, as the broker says; 0 if the queue is not there, undefined while the broker
   * cannot be asked. Never rejects.
   */
  async consumersOf(queue: string): Promise<number | undefined> {
    // A connection that is lost meanwhile is told of by `isConnected`.
    return this.#session?.consumers?.of(queue).catch(() => undefined);
  }

  /** How many commands wait for their answer. */
  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Hears every answer, each command's once. Never called before `send` has returned. */
  onReply(listener: (reply: ReplyItem) => void): void {
    this.#listeners.push(listener);
  }

  /** Sends commands, those of the same name together. Never throws: what can't be sent is answered `failed`. */
  send(commands: readonly OutgoingCommand[]): void {
    for (const { item } of commands) this.#inFlight.add(item.id);
    const { messages, broken } = groupCommands(commands);
    for (const { id, reason } of broken) setImmediate(() => this.#answerAll([id], 'NOT_SERIALIZABLE', reason));
    for (const { name, ids, body } of messages)
      sendWith(this.#faults?.messageFault('command', name), () => this.#publish(name, ids, body));
  }

  /** Disconnects and stays so. What is still in flight is answered CONNECTION_LOST. */
  async close(): Promise<void> {
    await this.#session?.close();
  }

  #publish(name: string, ids: readonly string[], body: string): void {
    const failed = (problem: PublishProblem) => this.#answerAll(ids, problem, MESSAGES[problem]);
    const publisher = this.#session?.publisher;
    if (!publisher) {
      setImmediate(failed, 'CONNECTION_LOST');
      return;
    }
    const messageId = randomUUID();
    const properties = {
      messageId,
      correlationId: messageId,
      replyTo: this.#replyQueue,
      type: name,
      timestamp: Math.floor(Date.now() / 1000),
      contentType: 'application/json',
      persistent: true,
      mandatory: true,
    };
    publisher.publish(COMMANDS_EXCHANGE, name, Buffer.from(body), properties, (problem) => {
      if (problem) failed(problem);
      else this.#faults?.reached(confirmedPoint(name));
    });
  }

  async #hearReplies(connection: ChannelModel, channel: ConfirmChannel): Promise<void> {
    const receive = (message: ConsumeMessage | null) => {
      if (message) return this.#receive(message);
      // Cancelled by the broker: without replies the connection is of no use. It may be closed already.
      connection
        .close()
        .catch((error: unknown) => this.#log.debug({ err: error }, 'the connection was closed already'));
    };
    // A new one for each connection: the broker may still hold on to the last one.
    const queue = `replies.${this.#sessions.connectionName}.${randomUUID()}`;
    await channel.assertQueue(queue, REPLY_QUEUE_OPTIONS);
    await channel.consume(queue, receive, { noAck: true });
    this.#replyQueue = queue;
  }

  #receive(message: ConsumeMessage): void {
    const { items, broken } = decodeReplies(message.content);
    for (const item of items) this.#answer(item);
    for (const { id, reason } of broken) {
      this.#log.error({ id, reason, correlationId: message.properties.correlationId }, 'a reply cannot be understood');
      if (id !== undefined) this.#answerAll([id], 'BROKEN_REPLY', reason);
    }
  }

  #answerAll(ids: Iterable<string>, code: ClientFailure, message: string): void {
    for (const id of [...ids]) this.#answer({ id, outcome: 'failed', code, message });
  }

  /** Passes an answer on, unless the command has been answered already: participants answer a redelivered one again. */
  #answer(reply: ReplyItem): void {
    if (!this.#inFlight.delete(reply.id)) return;
    for (const listener of this.#listeners) {
      try {
        listener(reply);
      } catch (error) {
        // A listener's mistake must not close the channel, and with it fail everybody else's commands.
        this.#log.error({ err: error, id: reply.id }, 'whoever listens to replies threw');
      }
    }
  }
}
