import type { CommandContract, Outcome, OutgoingCommand, RefusalFor } from '../../core/command.js';
import type { InputOf, OutputOf } from '../../core/schema.js';

/** Known by a symbol, not by its class: there may be two copies of this package. */
const ANSWER = Symbol.for('@saga-checkout/saga/testing/answer');

/** What a handler answers if not with its reply: made by `refusal` and `failure`. */
export interface Answer<Code extends string = string> {
  readonly [ANSWER]: Outcome;
  /** Tells the compiler which refusal it is. */
  readonly code?: Code;
}

/** A participant's "no": final, nothing was done. `code` is one of those that the command's contract declares. */
export function refusal<const Code extends string>(
  code: Code,
  message = `refused by a test: ${code}`,
  details?: unknown,
): Answer<Code> {
  return { [ANSWER]: { outcome: 'refused', code, message, ...(details !== undefined && { details }) } };
}

/** A participant's "not now": whether it was done is unknown, and the saga sends the command again. */
export function failure(code = 'FAILED', message = `failed by a test: ${code}`): Answer<never> {
  return { [ANSWER]: { outcome: 'failed', code, message } };
}

/** What the handler means by what it returns, as it travels. */
export function outcomeOf(returned: unknown): Outcome {
  if (typeof returned === 'object' && returned !== null && ANSWER in returned) return returned[ANSWER] as Outcome;
  return { outcome: 'done', data: asJson(returned) };
}

/** As messages travel. */
export function asJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** One sending of a command, as its handler sees it. */
export interface Call {
  readonly command: OutgoingCommand;
  /** Marks a moment in the handler's work at which its process may die: what comes after it is then not done. */
  readonly boundary: (name: string) => void;
}

/**
 * Executes one command: does its work in the state that it closes over, and returns the reply, a `refusal` or a `failure`.
 * What it throws is a fault of the test, and comes out of whatever the test awaits.
 */
export type Handler = (payload: never, call: Call) => unknown;

/** By command name. */
export type Handlers = Readonly<Record<string, Handler>>;

type Reply<C extends CommandContract> = InputOf<C['reply']> | Answer<RefusalFor<C>>;

/**
 * A handler that the compiler checks against its command's contract; to be spread among others:
 *
 * ```ts
 * const participants = { ...handler(flight.book, () => ({ price: 100 })), ...handler(flight.cancel, () => ({})) };
 * ```
 */
export function handler<const C extends CommandContract>(
  command: C,
  execute: (payload: OutputOf<C['payload']>, call: Call) => Reply<C> | Promise<Reply<C>>,
): Handlers {
  return { [command.name]: execute as Handler };
}
