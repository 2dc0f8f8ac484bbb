import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { COMMANDS_EXCHANGE } from '@saga-checkout/shared-types';
import type { BrokerUrl } from './broker-url.js';
import { ClientSession, type SessionOptions } from './client-session.js';
import { REDRIVE_OF } from './dead-letter.js';
import { DeadLetterIntake, type IntakeOptions } from './dead-letter-intake.js';
import type { PublishProblem } from './publisher.js';
import { type QueueRef, topologyOf } from './topology.js';

/** Where a {@link DeadLetterClient} connects, and what becomes of the letters. */
export interface DeadLetterClientOptions extends Omit<IntakeOptions, 'queues'> {
  readonly url: BrokerUrl;
  readonly queues: readonly QueueRef[];
  readonly connectionName: string;
}

/** A command that was put aside and is sent again. */
export interface RedrivenCommand {
  /** The letter's. What is put aside again names it. */
  readonly id: string;
  /** The command's name, by which it is routed. */
  readonly type: string;
  readonly content: Buffer;
}

/** After how long without the broker's word it counts as lost, in ms. */
const CONFIRM_MS = 5_000;

/**
 * Takes what was put aside from the queues of dead letters, and sends it again when a person wants that. Over a connection
 * of its own, so that a flood of letters is not in the way of commands and replies.
 */
export class DeadLetterClient {
  readonly #sessions: SessionOptions;
  #session: ClientSession | undefined;
  #intake: DeadLetterIntake | undefined;

  constructor({ url, queues: refs, connectionName, log, ready, record }: DeadLetterClientOptions) {
    const queues = refs.map(topologyOf);
    const intake = { queues: queues.map(({ queue }) => queue), ready, record, log };
    this.#sessions = {
      url,
      queues,
      log,
      connectionName,
      onOpen: async (connection) => {
        this.#intake = new DeadLetterIntake(connection, intake);
      },
      onLost: () => {},
    };
  }

  /** Begins to connect, and connects again whenever the connection is lost. Does not wait for the broker. */
  start(): void {
    this.#session ??= new ClientSession(this.#sessions);
  }

  /** Whether commands can be sent now. */
  isConnected(): boolean {
    return this.#session?.isConnected() ?? false;
  }

  /**
   * Sends a command again, to whoever executes it now; nobody awaits its answer. Resolves when the broker has it, or with the
   * reason why not. After CONNECTION_LOST, and after 5 s without a word, it is unknown whether the broker has it.
   */
  async redrive({ id, type, content }: RedrivenCommand): Promise<PublishProblem | undefined> {
    const publisher = this.#session?.publisher;
    if (!publisher) return 'CONNECTION_LOST';
    const properties = {
      messageId: randomUUID(),
      type,
      timestamp: Math.floor(Date.now() / 1000),
      contentType: 'application/json',
      persistent: true,
      mandatory: true,
      headers: { [REDRIVE_OF]: id },
    };
    const confirmed = new Promise<PublishProblem | undefined>((resolve) => {
      publisher.publish(COMMANDS_EXCHANGE, type, content, properties, resolve);
    });
    const tooLate = sleep(CONFIRM_MS, 'CONNECTION_LOST' as const, { ref: false });
    return Promise.race([confirmed, tooLate]);
  }

  /** Takes no more letters, finishes those it has, and disconnects. */
  async close(): Promise<void> {
    await this.#intake?.stop();
    await this.#session?.close();
  }
}
