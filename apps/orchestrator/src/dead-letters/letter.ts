import { commandItem, type DeadLetterDecision, type DeadLetterStatus } from '@saga-checkout/shared-types';

/** A letter as it is recorded, without what it would send. */
export interface Letter {
  readonly id: string;
  readonly status: DeadLetterStatus;
  readonly queue: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly type: string | null;
  readonly sagaId: string | null;
  readonly itemId: string | null;
  readonly step: string | null;
  readonly attempts: number | null;
  readonly redriveOf: string | null;
  readonly deadAt: Date | null;
  readonly recordedAt: Date;
  readonly decision: (DeadLetterDecision & { readonly at: Date }) | null;
  readonly endedAt: Date | null;
}

/** With the body as it would be sent again. */
export interface WholeLetter extends Letter {
  readonly content: Buffer;
}

/** Why an operator's wish is not fulfilled, by code. */
export type LetterProblem =
  | 'LETTER_NOT_FOUND'
  | 'NOT_REDRIVABLE'
  | 'ALREADY_REDRIVEN'
  | 'ALREADY_DISCARDED'
  | 'REDRIVE_UNFINISHED'
  | 'REDRIVE_UNDER_WAY'
  | 'UNROUTABLE'
  | 'BROKER_UNAVAILABLE';

/** What an operator asked for is not done; the message says why, and what can be done. */
export class LetterError extends Error {
  constructor(
    readonly code: LetterProblem,
    message: string,
  ) {
    super(message);
    this.name = 'LetterError';
  }
}

/** Why there is nothing in it that could be sent again; undefined if there is. */
export function notRedrivable({ type, content }: Pick<WholeLetter, 'type' | 'content'>): string | undefined {
  if (type === null) return 'nothing says which command it is';
  const items = itemsIn(content);
  if (items === undefined) return 'its body is no JSON with items: there is no command in it to send';
  if (items.length !== 1) return `it holds ${items.length} items, not one`;
  const { error } = commandItem.safeParse(items[0]);
  if (error === undefined) return undefined;
  const wrong = error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  return `its item is no command: ${wrong.join('; ').slice(0, 300)}`;
}

function itemsIn(content: Buffer): readonly unknown[] | undefined {
  const body = jsonIn(content);
  if (typeof body !== 'object' || body === null || !('items' in body)) return undefined;
  return Array.isArray(body.items) ? body.items : undefined;
}

/** The body, if it is JSON. */
export function jsonIn(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    return undefined;
  }
}

/**
 * The answer to a wish about a letter that has ended: undefined if just that was asked for and done, by the same person for
 * the same reason; otherwise why it can't be done any more. A letter that has not ended gives undefined, too.
 */
export function endedOtherwise(
  { id, status, decision }: Letter,
  wanted: 'REDRIVEN' | 'DISCARDED',
  { by, reason }: DeadLetterDecision,
): LetterError | undefined {
  if (status !== 'REDRIVEN' && status !== 'DISCARDED') return undefined;
  if (status === wanted && decision?.by === by && decision.reason === reason) return undefined;
  const word = status === 'REDRIVEN' ? 'sent again' : 'discarded';
  const since = decision && `${decision.at.toISOString()} by ${decision.by}: ${decision.reason}`;
  return new LetterError(`ALREADY_${status}`, `letter ${id} was ${word} at ${since}; that is final`);
}

/** Whether it is REDRIVEN or DISCARDED: nothing happens to it afterwards. */
export const hasEnded = ({ status }: Letter): boolean => status === 'REDRIVEN' || status === 'DISCARDED';
