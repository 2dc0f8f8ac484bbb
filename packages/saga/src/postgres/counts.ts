import { AT_REST } from './rows.js';

/** Sagas that have not ended, from indexes alone: those with a step that goes on soon, and those at rest. */
export const OPEN = `
  select saga_type as type, version, status from saga_state
  where due_at is not null and status in ('RUNNING', 'COMPENSATING')
  union all
  select saga_type, version, status from saga_state
  where ${AT_REST} and status in ('RUNNING', 'WAITING', 'COMPENSATING', 'COMPENSATION_FAILED', 'PAUSED')`;

export const COUNTS = `select type, version, status, count(*)::int as count from (${OPEN}) open group by 1, 2, 3`;

export const IN_FLIGHT = `select type, version, count(*)::int as count from (${OPEN}) open group by 1, 2`;
