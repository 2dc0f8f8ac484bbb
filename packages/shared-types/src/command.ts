import type { z } from 'zod';

/**
 * A command: a typed request to one participant. Name, queue, payload, reply and refusals are one object, so that
 * whoever sends it, whoever executes it and whoever reads about it look at the same lines.
 */
export interface Command<
  Name extends string = string,
  Payload extends z.ZodType = z.ZodType,
  Reply extends z.ZodType = z.ZodType,
  Refusal extends string = string,
> {
  /** Routing key on the exchange `commands`, and `type` of the message: `inventory.reserve`. */
  readonly name: Name;
  /** Durable queue of the participant that executes it. */
  readonly queue: string;
  readonly payload: Payload;
  readonly reply: Reply;
  /** Business codes with which the participant may refuse it; final, never retried. */
  readonly refusals: readonly Refusal[];
}

/** Declares a command, keeping its literal types. */
export function command<
  const Name extends string,
  Payload extends z.ZodType,
  Reply extends z.ZodType,
  const Refusal extends string,
>(definition: Command<Name, Payload, Reply, Refusal>): Command<Name, Payload, Reply, Refusal> {
  return definition;
}

/** What a participant receives when it executes the command. */
export type PayloadOf<C> = C extends Command<string, infer P, z.ZodType, string> ? z.output<P> : never;
/** What the participant answers with when it is done. */
export type ReplyOf<C> = C extends Command<string, z.ZodType, infer R, string> ? z.output<R> : never;
/** The codes with which the command may be refused. */
export type RefusalOf<C> = C extends Command<string, z.ZodType, z.ZodType, infer R> ? R : never;

/** A participant's answer to one command. See `docs/glossary.md` for the difference between refused and failed. */
export type Outcome<Data = unknown, Refusal extends string = string> =
  | { readonly outcome: 'done'; readonly data: Data }
  | { readonly outcome: 'refused'; readonly code: Refusal; readonly message: string; readonly details?: unknown }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string };

/** The answers a participant may give to the command `C`. */
export type OutcomeOf<C> = Outcome<ReplyOf<C>, RefusalOf<C>>;
