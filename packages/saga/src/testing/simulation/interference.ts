import type { Outcome, OutgoingCommand } from '../../core/command.js';
import type { Orchestrator } from './orchestrator.js';

/** One sending of a command, or one call of a local function. */
export interface Message {
  readonly command: OutgoingCommand;
  /** Whether it is the call of a local function. */
  readonly isLocal: boolean;
  /** Counts the sendings of this command in the run, from 1: retries, and those of other processes, too. */
  readonly sending: number;
}

/** Something that a process of the engine is about to do, or has just done: a moment to die, or to stall. */
export interface Boundary {
  readonly when: 'before' | 'after';
  readonly what: 'write' | 'claim' | 'send' | 'reply' | 'run';
  /** The journal's entry, the command or the local function. */
  readonly of: string;
  /** For `send`, `reply` and `run`. */
  readonly message?: Message;
}

/**
 * What becomes of a message: after how many ms its copies arrive (none: it is lost; several: it arrives again), or that
 * the connection is lost at once.
 */
export type Delivery = readonly number[] | 'connectionLost';

/** What goes wrong in a simulation. Each function is asked at its moment; one that is absent lets nothing go wrong. */
export interface Interference {
  /** The process may be killed or stalled here. */
  boundary(process: Orchestrator, boundary: Boundary): void;
  /** Whether a participant's process dies at this moment. */
  participantDies(when: string, message: Message): boolean;
  command(message: Message): Delivery;
  reply(message: Message, outcome: Outcome): Delivery;
  /** The answer to a command if its handler is not to be asked. */
  answer(message: Message): Outcome | undefined;
  /** What comes of the answer: a participant may say something else than it has done. */
  said(message: Message, outcome: Outcome): Outcome;
}

/** How long a message takes, in ms, if nothing goes wrong. */
export const LATENCY_MS = 1;

/** Nothing goes wrong. */
export const smooth: Interference = {
  boundary() {},
  participantDies: () => false,
  command: () => [LATENCY_MS],
  reply: () => [LATENCY_MS],
  answer: () => undefined,
  said: (_, outcome) => outcome,
};
