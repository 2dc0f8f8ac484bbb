import { z } from 'zod';

/** Exchange on which commands travel; the routing key is the command's name. */
export const COMMANDS_EXCHANGE = 'commands';
/** Exchange to which what cannot be executed goes; each queue has a `<queue>.dead_letters`. */
export const DEAD_LETTERS_EXCHANGE = 'dead_letters';

/** One command of one saga as it travels; `id` is `<sagaId>:<step>:do|undo:<attempt>`. */
export const commandItem = z.object({
  id: z.string().min(1).max(255),
  sagaId: z.string().min(1).max(64),
  step: z.string().min(1).max(100),
  attempt: z.int().min(1),
  traceparent: z.string().max(100).optional(),
  payload: z.unknown(),
});
export type CommandItem = z.output<typeof commandItem>;

/** Body of a command message: one or more commands of the same kind. Items are checked one by one, so that a bad one stands alone. */
export const commandMessage = z.object({ items: z.array(z.unknown()).min(1).max(1000) });

/** One participant's answer to one item, as it travels. */
export const replyItem = z.union([
  z.object({ id: z.string(), outcome: z.literal('done'), data: z.unknown() }),
  z.object({
    id: z.string(),
    outcome: z.literal('refused'),
    code: z.string(),
    message: z.string(),
    details: z.unknown().optional(),
  }),
  z.object({ id: z.string(), outcome: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type ReplyItem = z.output<typeof replyItem>;

/** Body of a reply message. The answers to one command message may come in several of them. */
export const replyMessage = z.object({ items: z.array(replyItem) });
