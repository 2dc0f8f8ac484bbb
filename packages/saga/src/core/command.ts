import type { InputOf, OutputOf, Schema } from './schema.js';

/** What the engine needs to know of a command. Contracts satisfy it by their shape; neither side imports the other. */
export interface CommandContract {
  readonly name: string;
  /** Where a sender delivers it; the engine only hands it on. */
  readonly queue: string;
  readonly payload: Schema;
  readonly reply: Schema;
  readonly refusals: readonly string[];
}

/** Something that happens outside a saga, and that a step of it may wait for. */
export interface EventContract {
  readonly name: string;
  readonly payload: Schema;
}

/** What a payload function returns for the command. */
export type PayloadFor<C extends CommandContract> = InputOf<C['payload']>;
/** What the command's participant answers. */
export type ReplyFor<C extends CommandContract> = OutputOf<C['reply']>;
/** The codes with which the participant may refuse the command. */
export type RefusalFor<C extends CommandContract> = C['refusals'][number];

/** Whether a command does a step's work or takes it back. */
export type Phase = 'do' | 'undo';

/**
 * A participant's answer. `refused` is a business "no": final, nothing was done. `failed` is technical: the outcome is
 * unknown, and the command is sent again. A failure of the `transport` (the broker is gone) says nothing about the
 * participant, so it is not counted against the step's attempts.
 */
export type Outcome =
  | { readonly outcome: 'done'; readonly data: unknown }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string; readonly details?: unknown }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string; readonly transport?: boolean };

/** A command that a transition asks to be sent, once the transition is journaled. */
export interface OutgoingCommand {
  /** `<sagaId>:<step>:do|undo:<attempt>`: unique per sending. */
  readonly id: string;
  readonly sagaId: string;
  readonly step: string;
  readonly phase: Phase;
  readonly attempt: number;
  readonly name: string;
  readonly queue: string;
  readonly payload: unknown;
  readonly traceparent?: string;
}

/** A function that a transition asks to be run, once the transition is journaled; see `runLocal`. */
export type LocalCall = Pick<OutgoingCommand, 'id' | 'sagaId' | 'step' | 'phase' | 'attempt'>;

/** The id of one sending of a command. */
export function commandId(sagaId: string, step: string, phase: Phase, attempt: number): string {
  return `${sagaId}:${step}:${phase}:${attempt}`;
}

/** The parts of a command id, or undefined if it is not one. */
export function parseCommandId(
  id: string,
): { sagaId: string; step: string; phase: Phase; attempt: number } | undefined {
  const parts = /^([^:]+):([^:]+):(do|undo):(\d+)$/.exec(id);
  if (parts === null) return undefined;
  const [, sagaId = '', step = '', phase, attempt] = parts;
  return { sagaId, step, phase: phase as Phase, attempt: Number(attempt) };
}
