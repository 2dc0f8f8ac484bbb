import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { type BrokerUrl, fromAnyNode } from './broker-url.js';
import { ConsumerCounts } from './consumer-counts.js';
import type { Log } from './log.js';
import { Publisher } from './publisher.js';
import { cureOf, declareTopology, type QueueTopology } from './topology.js';

/** What a {@link ClientSession} needs. */
export interface SessionOptions {
  readonly url: BrokerUrl;
  readonly queues: readonly QueueTopology[];
  readonly log: Log;
  readonly connectionName: string;
  /** A connection is there and everything is declared; commands can be sent over it once this resolves. */
  readonly onOpen: (connection: ChannelModel, channel: ConfirmChannel) => Promise<void>;
  /** The connection is gone; called in the same turn in which that is noticed. */
  readonly onLost: () => void;
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2000;
const GOODBYE_MS = 2000;

/** Keeps one connection to the broker: connects with backoff, declares, and starts over when it is lost. */
export class ClientSession {
  readonly #options: SessionOptions;
  readonly #urls: readonly string[];
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #connection: ChannelModel | undefined;
  #publisher: Publisher | undefined;
  #consumers: ConsumerCounts | undefined;
  #problem: string | undefined = 'not connected yet';

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#urls = fromAnyNode(options.url);
    this.#ended = this.#run();
  }

  /** What to publish with; absent while there is no connection. */
  get publisher(): Publisher | undefined {
    return this.#publisher;
  }

  /** Whom to ask who consumes a queue; absent while there is no connection. */
  get consumers(): ConsumerCounts | undefined {
    return this.#consumers;
  }

  /** Whether messages can be sent, and the broker takes them. */
  isConnected(): boolean {
    return this.#problem === undefined;
  }

  /** Throws with the reason while nothing can be sent. */
  check(): void {
    if (this.#problem !== undefined) throw new Error(this.#problem);
  }

  /** Ends the connection for good. A broker that doesn't say goodbye is waited for no longer than 2 s. */
  async close(): Promise<void> {
    this.#closing.abort();
    const ended = this.#disconnect().then(() => this.#ended);
    await Promise.race([ended, sleep(GOODBYE_MS, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    let delayMs = FIRST_DELAY_MS;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        // The next node each time: the one that was lost is the last to be asked again.
        const lost = await this.#open(this.#urls[attempt % this.#urls.length] ?? '');
        delayMs = FIRST_DELAY_MS;
        this.#say('warn', `connection lost: ${(await lost)?.message ?? 'closed'}`);
      } catch (error) {
        this.#say('warn', `cannot use RabbitMQ: ${error instanceof Error ? error.message : String(error)}`, error);
        await this.#disconnect();
      }
      if (signal.aborted) break;
      // With jitter, so that many processes don't come back to a restarted broker in the same instant.
      await sleep(delayMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, MAX_DELAY_MS);
    }
  }

  /** Resolves when commands can be sent, with a promise that resolves when the connection is lost. */
  async #open(url: string): Promise<Promise<Error | undefined>> {
    const { connectionName, queues, log, onOpen } = this.#options;
    const socketOptions = {
      // Without it Nagle's algorithm adds 43 ms to each round trip.
      noDelay: true,
      timeout: 5000,
      clientProperties: { connection_name: connectionName },
    };
    const connection = await connect(withHeartbeat(url), socketOptions);
    this.#connection = connection;
    if (this.#closing.signal.aborted) throw new Error('closed while connecting');
    const lost = this.#watch(connection);
    const channel = await connection.createConfirmChannel();
    channel.on('error', (error: Error) => this.#say('error', `RabbitMQ closed the channel: ${error.message}`, error));
    // A closed channel alone would leave commands without replies: the connection goes with it.
    channel.on('close', () => void this.#disconnect());
    await declareTopology(channel, queues);
    await onOpen(connection, channel);
    if (this.#connection !== connection) throw new Error('the connection was lost while it was set up');
    this.#consumers = new ConsumerCounts(connection);
    this.#publisher = new Publisher(channel);
    this.#problem = undefined;
    log.info({ connectionName }, 'connected to RabbitMQ');
    return lost;
  }

  #watch(connection: ChannelModel): Promise<Error | undefined> {
    const { log } = this.#options;
    connection.on('blocked', (reason: string) => {
      this.#problem = `RabbitMQ takes no messages for now: ${reason}`;
      log.warn({ reason }, this.#problem);
    });
    connection.on('unblocked', () => {
      if (this.#publisher) this.#problem = undefined;
      log.info({}, 'RabbitMQ takes messages again');
    });
    // 'close' follows and is what counts; but an 'error' that nobody listens to ends the process.
    connection.on('error', (error: Error) => log.debug({ err: error }, 'the connection to RabbitMQ broke'));
    return new Promise((resolve) => {
      connection.on('close', (error?: Error) => {
        if (this.#connection === connection) this.#connection = undefined;
        this.#publisher = undefined;
        this.#consumers = undefined;
        this.#problem ??= 'the connection to RabbitMQ is lost';
        this.#options.onLost();
        resolve(error);
      });
    });
  }

  /** Closes the connection, if there is one; that it is closed already is fine. */
  async #disconnect(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    this.#publisher = undefined;
    await connection.close().catch((error: unknown) => {
      this.#options.log.debug({ err: error }, 'the connection to RabbitMQ was closed already');
    });
  }

  /** Says what is wrong when it begins or changes, not at each attempt. */
  #say(level: 'warn' | 'error', problem: string, error?: unknown): void {
    if (this.#closing.signal.aborted || this.#problem === problem) return;
    this.#problem = problem;
    const cure = cureOf(error);
    this.#options.log[level]({ err: error }, cure ? `${problem}. To fix it: ${cure}` : problem);
  }
}

/** A peer that is gone without a word is noticed after two missed heartbeats. */
function withHeartbeat(url: string): string {
  const withParameter = new URL(url);
  if (!withParameter.searchParams.has('heartbeat')) withParameter.searchParams.set('heartbeat', '5');
  return withParameter.href;
}
