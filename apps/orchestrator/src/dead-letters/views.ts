import { redactBrokenJson, redactFields } from '@saga-checkout/service';
import type { DeadLetterDetail, DeadLetterPage, DeadLetterSummary } from '@saga-checkout/shared-types';
import { jsonIn, type Letter, notRedrivable, type WholeLetter } from './letter.js';
import type { Position } from './letter-table.js';

const timeOf = (date: Date | null): string | null => date?.toISOString() ?? null;

/** A letter as operators get it, without secrets. */
export function summaryOf({ detail, deadAt, recordedAt, endedAt, decision, ...letter }: Letter): DeadLetterSummary {
  return {
    ...letter,
    detail: detail === null ? null : redactBrokenJson(detail),
    deadAt: timeOf(deadAt),
    recordedAt: recordedAt.toISOString(),
    decision: decision && { ...decision, at: decision.at.toISOString() },
    endedAt: timeOf(endedAt),
  };
}

/** A page; the letters are one more than the limit if there is a next one. */
export function pageOf(letters: readonly Letter[], limit: number): DeadLetterPage {
  const items = letters.slice(0, limit);
  const last = items.at(-1);
  const more = letters.length > limit && last !== undefined;
  return { items: items.map(summaryOf), ...(more && { nextCursor: cursorOf(last) }) };
}

const cursorOf = ({ recordedAt, id }: Position): string =>
  Buffer.from(JSON.stringify([recordedAt.toISOString(), id])).toString('base64url');

/** Where the page before ended; undefined if that is no cursor of ours. */
export function positionOf(cursor: string): Position | undefined {
  const value = jsonIn(Buffer.from(cursor, 'base64url'));
  const [time, id]: unknown[] = Array.isArray(value) ? value : [];
  const recordedAt = new Date(typeof time === 'string' ? time : Number.NaN);
  return typeof id === 'string' && !Number.isNaN(recordedAt.getTime()) ? { recordedAt, id } : undefined;
}

/** All that is known of a letter, and of its saga. */
export function detailOf(letter: WholeLetter, saga: DeadLetterDetail['saga']): DeadLetterDetail {
  const { content, ...summary } = letter;
  return {
    ...summaryOf(summary),
    body: bodyOf(content),
    sizeBytes: content.length,
    saga,
    notRedrivable: notRedrivable(letter) ?? null,
    warnings: warningsOf(letter, saga),
  };
}

const ENDED = ['COMPLETED', 'COMPENSATED'];

function warningsOf({ sagaId, status }: Letter, saga: DeadLetterDetail['saga']): string[] {
  if (status === 'REDRIVEN' || status === 'DISCARDED') return [];
  const unfinished = 'whether it was sent again is not known: redrive it once more to finish that';
  const late = `its saga is ${saga?.status} and awaits nothing: what the command did is kept only as far as its participant’s records allow; look at the order first`;
  const foreign = `${sagaId === null ? 'it names no saga' : 'its saga is not known'}: nobody would take back what the command does`;
  return [
    ...(status === 'REDRIVING' ? [unfinished] : []),
    ...(saga === null ? [foreign] : ENDED.includes(saga.status) ? [late] : []),
  ];
}

/** How much more deeply a body is shown than what is logged. */
const LEVELS = 20;

function bodyOf(content: Buffer): DeadLetterDetail['body'] {
  const json = jsonIn(content);
  if (json !== undefined) return { json: redactFields({ json }, -LEVELS).json };
  const text = content.toString();
  // What is no UTF-8 would not be shown as it came.
  return Buffer.from(text).equals(content) ? { text: redactBrokenJson(text) } : { base64: content.toString('base64') };
}
