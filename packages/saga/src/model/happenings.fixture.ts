import type { Outcome } from '../core/command.js';
import type { Happening } from '../core/happening.js';
import type { Answer } from './action.fixture.js';
import { REFUSAL } from './definition.fixture.js';

/** One sending, of a command or of a local function's call. */
export interface Sending {
  readonly step: string;
  readonly phase: 'do' | 'undo';
  readonly attempt: number;
}

/** What breaks a command's contract; local functions, and people, may answer so. */
const ODD = { at: new Date(0), nothing: undefined };

const OUTCOMES: Record<Answer, (n: number) => Outcome> = {
  done: (n) => ({ outcome: 'done', data: { n } }),
  invalid: () => ({ outcome: 'done', data: ODD }),
  refused: () => ({ outcome: 'refused', code: REFUSAL, message: 'no' }),
  failed: () => ({ outcome: 'failed', code: 'DOWN', message: 'down' }),
  lost: () => ({ outcome: 'failed', code: 'CONNECTION_LOST', message: 'gone', transport: true }),
};

export function replyTo({ step, phase, attempt }: Sending, answer: Answer, n: number): Happening {
  return { kind: 'reply', step, phase, attempt, outcome: OUTCOMES[answer](n) };
}

export function eventOf(event: string, payload: unknown, id?: string): Happening {
  return { kind: 'event', event, payload, ...(id !== undefined && { id }) };
}

export function skip(step: string, n?: number): Happening {
  return { kind: 'skip', step, reason: 'r', ...(n !== undefined && { reply: { ...ODD, n } }) };
}

export const pick = <T>(all: readonly T[], which: number): T | undefined => all[which % Math.max(1, all.length)];
