import { createHash, randomUUID } from 'node:crypto';
import type { ConsumeMessage, Message, Options } from 'amqplib';

/** Why a command could not be executed, now or ever. */
export type DeadLetterReason = 'BROKEN_JSON' | 'BROKEN_ENVELOPE' | 'UNKNOWN_COMMAND' | 'INVALID_PAYLOAD';

/** Header of a command that was sent again: the id of the letter that it was. What is put aside again names it. */
export const REDRIVE_OF = 'x-redrive-of';

/** What is put aside, with what a person needs to understand it and to send it again. */
export interface DeadLetter {
  /** The same for the same item of the same message, however often that is delivered: it is recorded once. */
  readonly id: string;
  /** The queue it came from; its dead letters go to `<queue>.dead_letters`. */
  readonly queue: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly sagaId?: string | undefined;
  /** The command's name, as far as the message said. */
  readonly type?: string | undefined;
  /** The letter that the command had been before it was sent again. */
  readonly redriveOf?: string | undefined;
  /** The item alone in an envelope, or the body as it came if it can't be decoded. */
  readonly content: Buffer;
}

/** Why and from where something is put aside. */
interface Occasion {
  readonly queue: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** The letter about one item, the `index`th of its message: it stands alone, so that the rest of the message can go on. */
export function itemLetter(occasion: Occasion, message: ConsumeMessage, item: unknown, index: number): DeadLetter {
  const content = aloneOr(message.content, item);
  return { ...letterOf(occasion, message, content, index), sagaId: textOf(item, 'sagaId') };
}

/** The item alone in an envelope; or all of its message, if it is nested more deeply than can be written again. */
export function aloneOr(whole: Buffer, item: unknown): Buffer {
  try {
    return Buffer.from(JSON.stringify({ items: [item] }));
  } catch {
    return whole;
  }
}

/** The letter about a message that cannot be decoded. */
export function messageLetter(occasion: Occasion, message: ConsumeMessage): DeadLetter {
  return letterOf(occasion, message, message.content, 0);
}

function letterOf(occasion: Occasion, message: ConsumeMessage, content: Buffer, index: number): DeadLetter {
  const messageId: unknown = message.properties.messageId;
  // Somebody who sends by hand may leave it out; what then is delivered twice cannot be told from two that are alike.
  const id = messageId ? stableId(String(messageId), occasion.reason, index, content) : randomUUID();
  return { id, ...occasion, type: typeOf(message), redriveOf: textOf(message.properties.headers, REDRIVE_OF), content };
}

/** A UUID that is made of these, and the same for the same. */
export function stableId(...parts: readonly (string | number | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? String(part) : part).update('\0');
  const hex = hash.digest('hex');
  // Version 8 and its variant: a UUID of one's own making (RFC 9562).
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The message's command: its `type`, or, if it was sent by hand without one, its routing key. */
export function typeOf(message: Message): string {
  const type: unknown = message.properties.type;
  return typeof type === 'string' && type !== '' ? type : message.fields.routingKey;
}

/** A field of something that may be anything. */
export function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== 'object' || value === null || !(key in value)) return undefined;
  const field = (value as Record<string, unknown>)[key];
  return typeof field === 'string' && field !== '' ? field : undefined;
}

/** How a letter travels: on exchange `dead_letters`, with the queue's name as routing key. */
export function letterProperties(letter: DeadLetter): Options.Publish & { messageId: string } {
  return {
    messageId: letter.id,
    type: letter.type,
    contentType: 'application/json',
    persistent: true,
    mandatory: true,
    timestamp: Math.floor(Date.now() / 1000),
    headers: {
      'x-reason': letter.reason,
      'x-reason-detail': letter.detail,
      'x-queue': letter.queue,
      ...(letter.sagaId !== undefined && { 'x-saga-id': letter.sagaId }),
      ...(letter.redriveOf !== undefined && { [REDRIVE_OF]: letter.redriveOf }),
    },
  };
}
