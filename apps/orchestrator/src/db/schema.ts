import { sql } from 'drizzle-orm';
import { check, customType, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

/** Milliseconds are what JavaScript's Date can hold, so a time read from a row and sent back finds the same row. */
const moment = (name: string) => timestamp(name, { precision: 3, withTimezone: true });
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/** What could not be executed: one row per item. The journal's tables are the engine's; this one is the orchestrator's own. */
export const deadLetters = pgTable(
  'dead_letters',
  {
    /** The letter's message id, or one made of what it carries: however often it is delivered, it is one row. */
    id: text('id').primaryKey(),
    status: text('status').notNull().default('OPEN'),
    queue: text('queue').notNull(),
    reason: text('reason').notNull(),
    detail: text('detail'),
    type: text('type'),
    /** As the item says it: it may be no saga's, and no UUID. */
    sagaId: text('saga_id'),
    itemId: text('item_id'),
    step: text('step'),
    attempts: integer('attempts'),
    redriveOf: text('redrive_of'),
    /** What would be sent again, unredacted. */
    content: bytes('content').notNull(),
    deadAt: moment('dead_at'),
    recordedAt: moment('recorded_at').notNull().defaultNow(),
    decidedReason: text('decided_reason'),
    decidedBy: text('decided_by'),
    decidedAt: moment('decided_at'),
    endedAt: moment('ended_at'),
  },
  (row) => [
    index('dead_letters_latest').on(row.recordedAt, row.id),
    index('dead_letters_by_status').on(row.status, row.recordedAt, row.id),
    index('dead_letters_of_saga').on(row.sagaId).where(sql`${row.sagaId} is not null`),
    index('dead_letters_ended').on(row.endedAt).where(sql`${row.endedAt} is not null`),
    check('dead_letters_status_known', sql`${row.status} in ('OPEN', 'REDRIVING', 'REDRIVEN', 'DISCARDED')`),
    check(
      'dead_letters_decided_by_somebody',
      sql`num_nulls(${row.decidedReason}, ${row.decidedBy}, ${row.decidedAt}) = case when ${row.status} = 'OPEN' then 3 else 0 end`,
    ),
    check('dead_letters_ended_once', sql`(${row.status} in ('REDRIVEN', 'DISCARDED')) = (${row.endedAt} is not null)`),
  ],
);
