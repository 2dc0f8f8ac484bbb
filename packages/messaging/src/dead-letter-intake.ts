import { setTimeout as sleep } from 'node:timers/promises';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { lettersOf, type ReceivedLetter } from './dead-letter-reading.js';
import type { Log } from './log.js';
import { deadLettersOf } from './topology.js';

/** What a {@link DeadLetterIntake} needs. */
export interface IntakeOptions {
  /** The participants' queues. */
  readonly queues: readonly string[];
  /** Resolves when letters can be recorded. None is taken before. */
  readonly ready: () => Promise<unknown>;
  /** Resolves when the letters of a message are safe; rejects if they can't be recorded now. */
  readonly record: (letters: readonly ReceivedLetter[]) => Promise<unknown>;
  readonly log: Log;
}

/** Messages that are held of each queue at a time. */
const PREFETCH_COUNT = 10;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
/** How long a letter is held that can't be recorded; a broker takes it away after half an hour. */
const HOLD_MS = 900_000;
/** What is being recorded may take so long to end. */
const PATIENCE_MS = 2_000;

/**
 * Takes dead letters over one connection, has them recorded, and acknowledges them then. What can't be recorded is held and
 * tried again, not given back: a broker from 4.0 on drops what it has delivered twenty times. While nothing can be recorded
 * for long, letters stay in their queues.
 */
export class DeadLetterIntake {
  readonly #connection: ChannelModel;
  readonly #options: IntakeOptions;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #delayMs = FIRST_DELAY_MS;
  #problem: string | undefined;

  constructor(connection: ChannelModel, options: IntakeOptions) {
    this.#connection = connection;
    this.#options = options;
    connection.on('close', () => this.#stopping.abort());
    this.#ended = this.#run();
  }

  /** Takes no more; resolves when what was taken has been recorded or given back. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#options.ready();
        if (!signal.aborted) await this.#take();
      } catch (error) {
        this.#say(error);
      }
      // With jitter, so that many processes do not ask a database that is coming back in the same instant.
      const pauseMs = this.#delayMs * (0.5 + Math.random() / 2);
      if (!signal.aborted) await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      this.#delayMs = Math.min(this.#delayMs * 2, MAX_DELAY_MS);
    }
  }

  /** Takes letters until it is stopped; rejects when one can't be recorded for long. */
  async #take(): Promise<void> {
    const channel = await this.#connection.createChannel();
    const underWay = new Set<Promise<void>>();
    let forget = () => {};
    const taking = new Promise<void>((resolve, reject) => {
      this.#stopping.signal.addEventListener('abort', () => resolve());
      channel.on('error', reject);
      // A queue that is gone is declared with a new connection.
      const closed = () => this.#reopen(reject, 'the channel for dead letters was closed');
      channel.on('close', closed);
      forget = () => void channel.off('close', closed);
      const receive = (queue: string, message: ConsumeMessage | null) => {
        if (message === null) return this.#reopen(reject, `${deadLettersOf(queue)} was deleted`);
        const recording = this.#record(channel, queue, message).catch(reject);
        underWay.add(recording);
        void recording.finally(() => underWay.delete(recording));
      };
      this.#consume(channel, receive).catch(reject);
    });
    try {
      await taking;
    } finally {
      forget();
      await this.#giveBack(channel, underWay);
    }
  }

  async #consume(channel: Channel, receive: (queue: string, message: ConsumeMessage | null) => void): Promise<void> {
    await channel.prefetch(PREFETCH_COUNT);
    for (const queue of this.#options.queues)
      await channel.consume(deadLettersOf(queue), (message) => receive(queue, message));
  }

  async #record(channel: Channel, queue: string, message: ConsumeMessage): Promise<void> {
    const letters = lettersOf(queue, message);
    const { signal } = this.#stopping;
    const deadline = performance.now() + HOLD_MS;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
      try {
        await this.#options.record(letters);
        break;
      } catch (error) {
        this.#say(error);
        if (signal.aborted || performance.now() >= deadline) throw error;
        await sleep(delayMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) throw error;
      }
    }
    if (this.#problem !== undefined) this.#options.log.info({}, 'dead letters are recorded again');
    [this.#problem, this.#delayMs] = [undefined, FIRST_DELAY_MS];
    channel.ack(message);
  }

  /** What was not acknowledged goes back, by a word of its own: a newer broker takes a closed channel for a failed delivery. */
  async #giveBack(channel: Channel, underWay: ReadonlySet<Promise<void>>): Promise<void> {
    await Promise.race([Promise.all(underWay), sleep(PATIENCE_MS, undefined, { ref: false })]);
    try {
      channel.nackAll(true);
      await channel.close();
    } catch {
      // It was closed already, and all went back with it.
    }
  }

  #reopen(reject: (error: Error) => void, problem: string): void {
    reject(new Error(problem));
    if (!this.#stopping.signal.aborted) this.#connection.close().catch(() => {}); // it may be closed already
  }

  /** Says what is wrong when it begins or changes, not at each attempt. */
  #say(error: unknown): void {
    const problem = error instanceof Error ? error.message : String(error);
    if (this.#stopping.signal.aborted || problem === this.#problem) return;
    this.#problem = problem;
    this.#options.log.warn({ err: error }, `dead letters stay in their queues for now: ${problem}`);
  }
}
