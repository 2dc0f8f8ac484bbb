import { type Command, type CommandItem, commandItem, commandMessage } from '@saga-checkout/shared-types';
import type { DeadLetterReason } from './dead-letter.js';

/** Why something can't be executed. */
export interface Problem {
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** A value, or the problem in its place. */
export type Decoded<T> =
  | { readonly value: T; readonly problem?: undefined }
  | { readonly value?: undefined; readonly problem: Problem };

/** The items of a message's body, not looked at yet: each is checked on its own, so that a bad one stands alone. */
export function decodeItems(content: Buffer): Decoded<readonly unknown[]> {
  let body: unknown;
  try {
    body = JSON.parse(content.toString());
  } catch (error) {
    return { problem: { reason: 'BROKEN_JSON', detail: error instanceof Error ? error.message : String(error) } };
  }
  const parsed = commandMessage.safeParse(body);
  if (parsed.success) return { value: parsed.data.items };
  return { problem: { reason: 'BROKEN_ENVELOPE', detail: describe(parsed.error) } };
}

/** A command that can be executed: its envelope, and its payload as the contract types it. */
export interface DecodedCommand {
  readonly item: CommandItem;
  readonly payload: unknown;
}

/** Checks one item's envelope and its payload. */
export function decodeItem(command: Command, raw: unknown): Decoded<DecodedCommand> {
  const item = commandItem.safeParse(raw);
  if (!item.success) return { problem: { reason: 'BROKEN_ENVELOPE', detail: describe(item.error) } };
  const payload = command.payload.safeParse(item.data.payload);
  if (!payload.success) return { problem: { reason: 'INVALID_PAYLOAD', detail: describe(payload.error) } };
  return { value: { item: item.data, payload: payload.data } };
}

/** What is wrong, in one line that fits a header. */
function describe(error: { readonly issues: readonly { path: PropertyKey[]; message: string }[] }): string {
  const problems = error.issues.slice(0, 5).map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  return problems.join('; ').slice(0, 500);
}
