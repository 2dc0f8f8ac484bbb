import { randomUUID } from 'node:crypto';
import type { ReceivedLetter } from '@saga-checkout/messaging/client';

/** A letter as it comes from the broker, about a command with a payload that its participant does not understand. */
export function letterWith(part: Partial<ReceivedLetter> = {}): ReceivedLetter {
  const sagaId = part.sagaId ?? randomUUID();
  const item = { id: `${sagaId}:createOrder:do:2`, sagaId, step: 'createOrder', attempt: 2, payload: { n: 'two' } };
  return {
    id: randomUUID(),
    queue: 'order_commands',
    reason: 'INVALID_PAYLOAD',
    detail: 'n: is missing',
    type: 'order.create',
    sagaId,
    itemId: item.id,
    step: item.step,
    attempts: item.attempt,
    redriveOf: undefined,
    deadAt: new Date(),
    content: Buffer.from(JSON.stringify({ items: [item] })),
    ...part,
  };
}
