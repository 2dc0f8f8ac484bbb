import type { CommandClient } from '@saga-checkout/messaging/client';
import type { CommandSender, Outcome, OutgoingCommand } from '@saga-checkout/saga';
import type { ReplyItem } from '@saga-checkout/shared-types';

/** Failures of the way to the participant and back: they say nothing about the participant itself. */
const TRANSPORT_CODES = new Set(['CONNECTION_LOST', 'NOT_ACCEPTED', 'UNROUTABLE']);

/** Sends the engine's commands over RabbitMQ. */
export function commandSenderOver(client: CommandClient): CommandSender {
  return {
    send: (commands) => client.send(commands.map(messageOf)),
    isOpen: () => client.isConnected(),
    onReply: (listener) => client.onReply((reply) => listener(reply.id, outcomeOf(reply))),
  };
}

function messageOf({ name, queue, id, sagaId, step, attempt, traceparent, payload }: OutgoingCommand) {
  const item = { id, sagaId, step, attempt, payload };
  return { name, queue, item: traceparent === undefined ? item : { ...item, traceparent } };
}

function outcomeOf({ id: _, ...outcome }: ReplyItem): Outcome {
  if (outcome.outcome !== 'failed' || !TRANSPORT_CODES.has(outcome.code)) return outcome;
  return { ...outcome, transport: true };
}
