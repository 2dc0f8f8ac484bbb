import { z } from 'zod';
import { timestamp, uuid } from './values.js';

/**
 * Where a letter stands: `OPEN` waits for a person; `REDRIVING` is to be sent again, and whether it was is not known yet;
 * `REDRIVEN` was sent again; `DISCARDED` will not be.
 */
export const deadLetterStatus = z.enum(['OPEN', 'REDRIVING', 'REDRIVEN', 'DISCARDED']);
export type DeadLetterStatus = z.output<typeof deadLetterStatus>;

const word = z.string().min(1).max(255);

/** The query of `GET /dead-letters`: which letters, statuses separated by commas, and which page. */
export const deadLetterListQuery = z.strictObject({
  queue: word.optional(),
  status: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(deadLetterStatus))
    .optional(),
  reason: word.optional(),
  /** The command's name. */
  type: word.optional(),
  saga: word.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().min(1).max(512).optional(),
});
export type DeadLetterFilter = Omit<z.output<typeof deadLetterListQuery>, 'limit' | 'cursor'>;

/** Body of `POST /dead-letters/{id}/redrive` and `…/discard`: why, and who. */
export const deadLetterDecision = z.strictObject({
  reason: z.string().trim().min(1).max(500),
  by: z.string().trim().min(1).max(100),
});
export type DeadLetterDecision = z.output<typeof deadLetterDecision>;

/** A letter in a list. */
export const deadLetterSummary = z.object({
  id: z.string(),
  status: deadLetterStatus,
  /** The queue it was put aside from. */
  queue: z.string(),
  /** `INVALID_PAYLOAD` and others; or the broker's: `DELIVERY_LIMIT`. */
  reason: z.string(),
  detail: z.string().nullable(),
  /** The command's name; null if nothing said it. */
  type: z.string().nullable(),
  sagaId: z.string().nullable(),
  itemId: z.string().nullable(),
  step: z.string().nullable(),
  /** How often its saga had sent the command by then. */
  attempts: z.int().nullable(),
  /** The letter that the command had been before it was sent again. */
  redriveOf: z.string().nullable(),
  /** When it was put aside, as far as is known. */
  deadAt: timestamp.nullable(),
  recordedAt: timestamp,
  /** Who had it sent again, or discarded it, and why; null while it is open. */
  decision: z.object({ reason: z.string(), by: z.string(), at: timestamp }).nullable(),
  /** Since when it is REDRIVEN or DISCARDED. */
  endedAt: timestamp.nullable(),
});
export type DeadLetterSummary = z.output<typeof deadLetterSummary>;

/** A page of `GET /dead-letters`, the latest recorded first. */
export const deadLetterPage = z.object({ items: z.array(deadLetterSummary), nextCursor: z.string().optional() });
export type DeadLetterPage = z.output<typeof deadLetterPage>;

/** `GET /dead-letters/{id}`: all that is known of it, without secrets. */
export const deadLetterDetail = z.object({
  ...deadLetterSummary.shape,
  /** The body: as JSON if it is, otherwise as text, or in Base64 if it is not even that. */
  body: z.object({ json: z.unknown().optional(), text: z.string().optional(), base64: z.string().optional() }),
  sizeBytes: z.int(),
  /** The saga as it stands now; null if it names none, or one that is not known (any more). */
  saga: z.object({ id: uuid, status: z.string() }).nullable(),
  /** Why it can't be sent again; null if it can. */
  notRedrivable: z.string().nullable(),
  /** What to think of before it is sent again. */
  warnings: z.array(z.string()),
});
export type DeadLetterDetail = z.output<typeof deadLetterDetail>;
