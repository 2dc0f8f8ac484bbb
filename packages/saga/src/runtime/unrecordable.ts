import { messageOf } from '../core/errors.js';
import type { Happening } from '../core/happening.js';

/**
 * A reply that the journal refuses to keep (it is nested too deeply, it is not JSON), without what may be the cause: one
 * that was done has failed then, as far as the saga can know. Undefined if there is nothing to leave out.
 */
export function withoutData(happening: Happening, error: unknown): Happening | undefined {
  if (happening.kind !== 'reply') return undefined;
  const { outcome } = happening;
  if (outcome.outcome === 'done') {
    const message = `the journal cannot keep the reply: ${messageOf(error)}`;
    return { ...happening, outcome: { outcome: 'failed', code: 'UNRECORDABLE_REPLY', message } };
  }
  if (outcome.outcome !== 'refused' || outcome.details === undefined) return undefined;
  const { details: _, ...plain } = outcome;
  return { ...happening, outcome: plain };
}
