import { setTimeout as sleep } from 'node:timers/promises';
import type { Command, CommandItem, Outcome, OutcomeOf, PayloadOf, ReplyItem } from '@saga-checkout/shared-types';
import type { ConsumeMessage } from 'amqplib';
import { type DeadLetter, itemLetter, messageLetter, textOf, typeOf } from './dead-letter.js';
import { decodeItem, decodeItems, type Problem } from './decode.js';
import { Delivery } from './delivery.js';
import { failureCode } from './failure.js';
import { type Faults, pointOf } from './faults.js';
import type { Log } from './log.js';

/** Executes one command. May reject: the command is then answered `failed`, and comes again. */
export type Handle<C extends Command> = (payload: PayloadOf<C>, item: CommandItem) => Promise<OutcomeOf<C>>;

/** A command and what executes it; made by {@link handler}, which keeps the two in step. */
export interface CommandHandler {
  readonly command: Command;
  readonly handle: (payload: unknown, item: CommandItem) => Promise<Outcome>;
}

/** Pairs a command with the function that executes it. */
export function handler<C extends Command>(command: C, handle: Handle<C>): CommandHandler {
  return { command, handle: (payload, item) => handle(payload as PayloadOf<C>, item) };
}

/** What a {@link CommandConsumer} needs of the world. */
export interface CommandConsumerOptions {
  readonly queue: string;
  readonly handlers: readonly CommandHandler[];
  /** Resolves once the letter is safe at the broker; rejects with {@link ConnectionLostError} or to be asked again. */
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  /** Hands answers to a command to the broker. Must not throw: an answer that gets lost is asked for again. */
  readonly reply: (to: string, correlationId: string, items: readonly ReplyItem[], command: string) => void;
  readonly log: Log;
  readonly faults?: Faults | undefined;
  /** Waits between two attempts to dead-letter something, in ms. */
  readonly wait?: (delayMs: number) => Promise<unknown>;
}

/** The connection over which a message came is gone: the broker will deliver the message again. */
export class ConnectionLostError extends Error {
  constructor() {
    super('the connection to the broker was lost');
    this.name = 'ConnectionLostError';
  }
}

/**
 * Executes the commands of one queue. A message holds one or more commands of the same kind; each is checked,
 * executed and answered on its own. All that arrives is handed to the handlers at once, so that they can gather
 * commands of many messages into a round.
 */
export class CommandConsumer {
  readonly #options: CommandConsumerOptions;
  readonly #handlers: ReadonlyMap<string, CommandHandler>;

  constructor(options: CommandConsumerOptions) {
    this.#options = options;
    this.#handlers = new Map(options.handlers.map((each) => [each.command.name, each]));
  }

  /**
   * Takes a message. Resolves when each of its items has been executed or dead-lettered, and its answers have been
   * handed to the broker: it may be acknowledged then. Never rejects.
   */
  receive(message: ConsumeMessage): Promise<void> {
    return new Promise((resolve) => {
      const decoded = decodeItems(message.content);
      if (decoded.problem) void this.#putAsideWhole(message, decoded.problem).then(resolve);
      else this.#execute(message, decoded.value, resolve);
    });
  }

  #execute(message: ConsumeMessage, items: readonly unknown[], settled: () => void): void {
    const { replyTo, correlationId } = message.properties as { replyTo?: string; correlationId?: string };
    const type = typeOf(message);
    const send = (answers: readonly ReplyItem[]) => {
      if (replyTo) this.#options.reply(replyTo, correlationId ?? '', answers, type);
    };
    const delivery = new Delivery(items.length, send, settled);
    const found = this.#handlers.get(type);
    if (found) this.#options.faults?.reached(pointOf('received', type));
    for (const [index, raw] of items.entries()) {
      const putAside = (problem: Problem) => void this.#putAside(message, raw, index, problem, delivery);
      if (found) this.#executeItem(found, raw, delivery, putAside);
      else putAside({ reason: 'UNKNOWN_COMMAND', detail: `no command ${JSON.stringify(type)} is executed here` });
    }
  }

  #executeItem(
    { command, handle }: CommandHandler,
    raw: unknown,
    delivery: Delivery,
    putAside: (problem: Problem) => void,
  ): void {
    const { value, problem } = decodeItem(command, raw);
    if (problem) return putAside(problem);
    const { item, payload } = value;
    const failed = (error: unknown) => delivery.close(this.#failure(command, item, error));
    try {
      handle(payload, item).then((outcome) => delivery.close({ id: item.id, ...outcome } as ReplyItem), failed);
    } catch (error) {
      failed(error);
    }
  }

  /** The answer for a handler's error. Never a requeue: that would be a hot loop; the sender tries again, with backoff. */
  #failure(command: Command, item: CommandItem, error: unknown): ReplyItem {
    const code = failureCode(error);
    const fields = { err: error, code, command: command.name, id: item.id, sagaId: item.sagaId };
    this.#options.log.error(fields, `${command.name} failed; its sender will try again`);
    const message = error instanceof Error ? error.message : String(error);
    return { id: item.id, outcome: 'failed', code, message };
  }

  async #putAside(
    message: ConsumeMessage,
    raw: unknown,
    index: number,
    problem: Problem,
    delivery: Delivery,
  ): Promise<void> {
    await this.#deadLetter(itemLetter({ queue: this.#options.queue, ...problem }, message, raw, index));
    const id = textOf(raw, 'id');
    // Answered too, so that its saga knows at once instead of waiting for its timeout.
    delivery.close(
      id === undefined
        ? undefined
        : { id, outcome: 'failed', code: 'DEAD_LETTERED', message: `${problem.reason}: ${problem.detail}` },
    );
  }

  #putAsideWhole(message: ConsumeMessage, problem: Problem): Promise<void> {
    return this.#deadLetter(messageLetter({ queue: this.#options.queue, ...problem }, message));
  }

  /** Insists until the letter is safe, because what follows is the acknowledgement of the message it comes from. */
  async #deadLetter(letter: DeadLetter): Promise<void> {
    const { deadLetter, log, wait = sleep } = this.#options;
    const { queue, reason, detail, sagaId, type } = letter;
    for (let delayMs = 500; ; delayMs = Math.min(delayMs * 2, 30_000)) {
      try {
        await deadLetter(letter);
        log.error({ queue, reason, detail, sagaId, type }, `dead-lettered a command from ${queue}: ${reason}`);
        return;
      } catch (error) {
        // Then the message can't be acknowledged either; it is delivered again, and put aside then.
        if (error instanceof ConnectionLostError) return;
        log.warn({ err: error, queue, reason, sagaId }, `cannot dead-letter a command yet; again in ${delayMs} ms`);
        await wait(delayMs);
      }
    }
  }
}
