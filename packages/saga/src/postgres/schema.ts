/** The tables of the journal, for those who make their migrations with drizzle. */

import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

/** Without a step that goes on soon. */
const atRest = sql`(due_at is null or status not in ('RUNNING', 'COMPENSATING'))`;

/** One row per saga: its state, and at once the lock (`revision`), the outbox and the timer (`due_at`). */
export const sagaState = pgTable(
  'saga_state',
  {
    sagaId: uuid('saga_id').primaryKey(),
    sagaType: text('saga_type').notNull(),
    version: integer('version').notNull(),
    status: text('status').notNull(),
    businessKey: text('business_key').notNull(),
    currentStep: text('current_step'),
    input: jsonb('input').notNull(),
    /** Per step: status, attempts, reply, error, times. */
    steps: jsonb('steps').notNull(),
    failure: jsonb('failure'),
    idempotencyScope: text('idempotency_scope'),
    idempotencyKey: text('idempotency_key'),
    requestFingerprint: text('request_fingerprint'),
    /** Every write checks it and makes it one higher: whoever is behind updates no row. */
    revision: integer('revision').notNull(),
    /** The `seq` of the latest row in `saga_logs`. */
    logSeq: integer('log_seq').notNull(),
    /** When the saga must be looked at again if nothing happens before; null once it has ended or is parked. */
    dueAt: time('due_at'),
    /** Stable name of the process that goes on with it; null: any process, once it is due. */
    owner: text('owner'),
    traceparent: text('traceparent'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    completedAt: time('completed_at'),
    /** What only some sagas have: lane, start time, kept events and the like; null if there is nothing of the kind. */
    context: jsonb('context'),
    /** When journal and data were dropped, long after the end. */
    prunedAt: time('pruned_at'),
  },
  (table) => [
    // By key first, and in byte order, so that keys are found by their beginning whatever the database's collation.
    uniqueIndex('saga_state_business_key').on(table.businessKey.op('text_pattern_ops'), table.sagaType),
    unique('saga_state_idempotency_key').on(table.idempotencyScope, table.idempotencyKey),
    // Each definition's sagas by due time, so that a claim reads no more of any than it takes. The status is there for
    // those who look for sagas that are not waiting.
    index('saga_state_due').on(table.sagaType, table.version, table.dueAt, table.status).where(sql`due_at is not null`),
    // The others are for reading: a saga is entered when it comes to rest, and not at each of its steps. The version is
    // there for counting.
    index('saga_state_at_rest').on(table.status, table.sagaType, table.createdAt, table.version).where(atRest),
    index('saga_state_failure')
      .on(sql`(failure ->> 'code')`, table.createdAt)
      .where(sql`(failure ->> 'code') is not null and ${atRest}`),
    index('saga_state_lane')
      .on(sql`(context ->> 'lane')`, table.createdAt)
      .where(sql`(context ->> 'lane') is not null and ${atRest}`),
    index('saga_state_ended').on(table.completedAt).where(sql`completed_at is not null and pruned_at is null`),
    index('saga_state_pruned').on(table.completedAt).where(sql`completed_at is not null and pruned_at is not null`),
    check(
      'saga_state_status',
      sql`status in ('RUNNING', 'WAITING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'COMPENSATION_FAILED', 'PAUSED')`,
    ),
    check('saga_state_ended', sql`(status in ('COMPLETED', 'COMPENSATED')) = (completed_at is not null)`),
  ],
);

/** One row per event of a saga, in order, without gaps. */
export const sagaLogs = pgTable(
  'saga_logs',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    sagaId: uuid('saga_id').notNull(),
    seq: integer('seq').notNull(),
    event: text('event').notNull(),
    step: text('step'),
    attempt: integer('attempt'),
    data: jsonb('data').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (table) => [unique('saga_logs_seq').on(table.sagaId, table.seq)],
);

/** What processes have said of the definitions that they run, to notice two that differ under one version. */
export const sagaDefinitions = pgTable(
  'saga_definitions',
  {
    sagaType: text('saga_type').notNull(),
    version: integer('version').notNull(),
    fingerprint: text('fingerprint').notNull(),
    shape: jsonb('shape').notNull(),
    createdAt: time('created_at').notNull().defaultNow(),
    updatedAt: time('updated_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ name: 'saga_definitions_key', columns: [table.sagaType, table.version] })],
);
