import { commandItem } from '@saga-checkout/shared-types';
import type { ConsumeMessage } from 'amqplib';
import { aloneOr, REDRIVE_OF, stableId, textOf } from './dead-letter.js';
import { decodeItems } from './decode.js';

/** One item that was put aside, with all that its message told of it. Texts are such as any database takes. */
export interface ReceivedLetter {
  /** The same each time that the letter is delivered. */
  readonly id: string;
  /** The queue from which it was put aside. */
  readonly queue: string;
  /** A `DeadLetterReason`; or the broker's, in capitals: `DELIVERY_LIMIT`. */
  readonly reason: string;
  readonly detail: string | undefined;
  /** The command's name. */
  readonly type: string | undefined;
  readonly sagaId: string | undefined;
  /** The command's id, step and attempt, as its envelope says. */
  readonly itemId: string | undefined;
  readonly step: string | undefined;
  readonly attempts: number | undefined;
  /** The letter that it had been before it was sent again. */
  readonly redriveOf: string | undefined;
  /** When it was put aside; undefined if nothing says so. */
  readonly deadAt: Date | undefined;
  /** The item alone in an envelope, or the body as it came if it can't be decoded. */
  readonly content: Buffer;
}

/**
 * The letters in a message of `<queue>.dead_letters`, never none. A participant puts items aside one by one; what the broker
 * put aside may hold many: each is a letter. Never throws.
 */
export function lettersOf(queue: string, message: ConsumeMessage): ReceivedLetter[] {
  const decoded = decodeItems(message.content);
  const told = toldBy(message);
  const found = decoded.value ?? [undefined];
  const items = isOfParticipant(message) && found.length > 1 ? [undefined] : found;
  return items.map((item, index) => {
    const parsed = commandItem.safeParse(item);
    return {
      ...told,
      queue,
      id: idOf(queue, message, index),
      detail: told.detail ?? (decoded.problem && plain(decoded.problem.detail, 1_000)),
      sagaId: plain(textOf(item, 'sagaId'), 200) ?? told.sagaId,
      itemId: plain(textOf(item, 'id'), 500),
      step: plain(textOf(item, 'step'), 200),
      attempts: parsed.data && parsed.data.attempt <= MAX_ATTEMPTS ? parsed.data.attempt : undefined,
      content: items.length === 1 ? message.content : aloneOr(message.content, item),
    };
  });
}

/** What an integer of a database holds. */
const MAX_ATTEMPTS = 2 ** 31 - 1;

/** What the broker writes down of each queue and reason for which it dead-lettered a message, the latest first. */
interface Death {
  readonly reason?: unknown;
  readonly count?: unknown;
  readonly time?: { readonly value?: unknown } | number;
  readonly 'routing-keys'?: unknown;
}

const headersOf = (message: ConsumeMessage): Readonly<Record<string, unknown>> => message.properties.headers ?? {};

const isOfParticipant = (message: ConsumeMessage): boolean => textOf(headersOf(message), 'x-reason') !== undefined;

function deathOf(message: ConsumeMessage): Death | undefined {
  const deaths = headersOf(message)['x-death'];
  const [death]: unknown[] = Array.isArray(deaths) ? deaths : [];
  return typeof death === 'object' && death !== null ? death : undefined;
}

/** What the message says of all its items. */
function toldBy(message: ConsumeMessage) {
  const headers = headersOf(message);
  const death = deathOf(message);
  const reason = textOf(headers, 'x-reason') ?? textOf(death, 'reason')?.toUpperCase() ?? 'UNKNOWN';
  const routingKey: unknown = Array.isArray(death?.['routing-keys']) ? death['routing-keys'][0] : undefined;
  return {
    reason: plain(reason, 100) ?? 'UNKNOWN',
    detail: plain(textOf(headers, 'x-reason-detail'), 1_000),
    type: plain(textOf(message.properties, 'type') ?? routingKey, 255),
    sagaId: plain(textOf(headers, 'x-saga-id'), 200),
    redriveOf: plain(textOf(headers, REDRIVE_OF), 200),
    deadAt: timeOf(secondsOf(death) ?? message.properties.timestamp),
  };
}

/**
 * A participant's letters say which they are. What the broker put aside keeps the id of its message, which held other items, and
 * may come here again after somebody moved it back: its deaths are counted.
 */
function idOf(queue: string, message: ConsumeMessage, index: number): string {
  const { messageId } = message.properties as { readonly messageId?: unknown };
  const death = deathOf(message);
  if (isOfParticipant(message) && typeof messageId === 'string' && OWN_ID.test(messageId)) return messageId;
  const whose = messageId
    ? `message ${String(messageId)}`
    : `death ${secondsOf(death)} ${message.properties.timestamp}`;
  return stableId(queue, whose, String(death?.reason), String(death?.count), index, message.content);
}

/** What can stand in an address and be typed. */
const OWN_ID = /^[A-Za-z0-9_.:-]{8,100}$/;

function secondsOf(death: Death | undefined): unknown {
  return typeof death?.time === 'object' ? death.time?.value : death?.time;
}

function timeOf(seconds: unknown): Date | undefined {
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < 1e11)) return undefined;
  return new Date(seconds * 1_000);
}

/** A text without NUL, which Postgres does not take, and not too long for a list. */
function plain(value: unknown, length: number): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return value.replaceAll('\0', '\uFFFD').slice(0, length);
}
