import type { OutgoingCommand } from './command-client.js';

/** Most commands in one message. */
export const MAX_ITEMS = 500;
/** Most bytes of one message's body; a single command that is larger travels alone. */
export const MAX_BYTES = 256 * 1024;

/** Commands of one name that travel as one message. */
interface GroupedMessage {
  readonly name: string;
  readonly ids: readonly string[];
  /** The envelope as JSON. */
  readonly body: string;
}

/** Messages, and the commands that can't be written as JSON (a cycle, a bigint). */
export interface Grouped {
  readonly messages: readonly GroupedMessage[];
  readonly broken: readonly { readonly id: string; readonly reason: string }[];
}

interface Group {
  ids: string[];
  parts: string[];
  bytes: number;
}

const ENVELOPE_BYTES = '{"items":[]}'.length;

/** Groups commands by name into messages within the bounds, in order of arrival. Each item is serialized once. */
export function groupCommands(commands: readonly OutgoingCommand[]): Grouped {
  const open = new Map<string, Group>();
  const messages: GroupedMessage[] = [];
  const broken: { id: string; reason: string }[] = [];
  for (const { name, item } of commands) {
    let part: string;
    try {
      part = JSON.stringify(item);
    } catch (error) {
      broken.push({ id: item.id, reason: error instanceof Error ? error.message : String(error) });
      continue;
    }
    const bytes = Buffer.byteLength(part) + 1;
    let group = open.get(name);
    if (group && (group.ids.length >= MAX_ITEMS || group.bytes + bytes > MAX_BYTES)) {
      messages.push(seal(name, group));
      group = undefined;
    }
    if (!group) {
      group = { ids: [], parts: [], bytes: ENVELOPE_BYTES };
      open.set(name, group);
    }
    group.ids.push(item.id);
    group.parts.push(part);
    group.bytes += bytes;
  }
  for (const [name, group] of open) messages.push(seal(name, group));
  return { messages, broken };
}

function seal(name: string, { ids, parts }: Group): GroupedMessage {
  return { name, ids, body: `{"items":[${parts.join(',')}]}` };
}
