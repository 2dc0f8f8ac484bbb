import { randomUUID } from 'node:crypto';
import type { ConsumeMessage, Message, Options } from 'amqplib';

/** Why a command could not be executed, now or ever. */
export type DeadLetterReason = 'BROKEN_JSON' | 'BROKEN_ENVELOPE' | 'UNKNOWN_COMMAND' | 'INVALID_PAYLOAD';

/** What is put aside, with what a person needs to understand it and to send it again. */
export interface DeadLetter {
  /** The queue it came from; its dead letters go to `<queue>.dead_letters`. */
  readonly queue: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
  readonly sagaId?: string | undefined;
  /** The command's name, as far as the message said. */
  readonly type?: string | undefined;
  /** The item alone in an envelope, or the body as it came if it can't be decoded. */
  readonly content: Buffer;
}

/** The letter about one item: the item stands alone, so that the rest of its message can go on. */
export function itemLetter(
  queue: string,
  message: ConsumeMessage,
  item: unknown,
  reason: DeadLetterReason,
  detail: string,
): DeadLetter {
  const content = Buffer.from(JSON.stringify({ items: [item] }));
  return { queue, reason, detail, sagaId: textOf(item, 'sagaId'), type: typeOf(message), content };
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
    messageId: randomUUID(),
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
    },
  };
}
