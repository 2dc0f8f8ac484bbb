import { type ReplyItem, replyItem } from '@saga-checkout/shared-types';
import { textOf } from './dead-letter.js';

/** The answers in a message, and what in it can't be understood. */
export interface DecodedReplies {
  readonly items: readonly ReplyItem[];
  readonly broken: readonly { readonly id: string | undefined; readonly reason: string }[];
}

/** Reads a reply message, item by item: it may come from a participant that others wrote. */
export function decodeReplies(content: Buffer): DecodedReplies {
  let body: unknown;
  try {
    body = JSON.parse(content.toString());
  } catch (error) {
    return { items: [], broken: [{ id: undefined, reason: error instanceof Error ? error.message : String(error) }] };
  }
  const raw = typeof body === 'object' && body !== null && 'items' in body ? body.items : undefined;
  if (!Array.isArray(raw)) return { items: [], broken: [{ id: undefined, reason: 'expected {"items": […]}' }] };
  const items: ReplyItem[] = [];
  const broken: { id: string | undefined; reason: string }[] = [];
  for (const each of raw) {
    const parsed = replyItem.safeParse(each);
    if (parsed.success) items.push(parsed.data);
    else broken.push({ id: textOf(each, 'id'), reason: 'expected an id and an outcome of done, refused or failed' });
  }
  return { items, broken };
}

/** The body of a reply message. An answer that can't be written as JSON (a bigint) becomes a failed one; the rest stays. */
export function encodeReplies(items: readonly ReplyItem[]): Buffer {
  try {
    return Buffer.from(JSON.stringify({ items }));
  } catch {
    return Buffer.from(`{"items":[${items.map(encodeReply).join(',')}]}`);
  }
}

function encodeReply(item: ReplyItem): string {
  try {
    return JSON.stringify(item);
  } catch (error) {
    const message = `the answer cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`;
    return JSON.stringify({ id: item.id, outcome: 'failed', code: 'INTERNAL', message });
  }
}
