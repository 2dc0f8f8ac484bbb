import { sql } from 'drizzle-orm';
import { bigint, check, index, integer, jsonb, pgTable, text, timestamp, unique, uuid } from 'drizzle-orm/pg-core';

const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });

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
    /** Stable name of the process that wrote last. */
    owner: text('owner'),
    traceparent: text('traceparent'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    completedAt: time('completed_at'),
  },
  (table) => [
    unique('saga_state_business_key').on(table.sagaType, table.businessKey),
    unique('saga_state_idempotency_key').on(table.idempotencyScope, table.idempotencyKey),
    // What waits for a person or an event has no due time, and must be found without reading all that ever ended.
    index('saga_state_held').on(table.status).where(sql`status in ('WAITING', 'COMPENSATION_FAILED', 'PAUSED')`),
    index('saga_state_due').on(table.dueAt).where(sql`due_at is not null`),
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
