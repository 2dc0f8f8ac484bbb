import { currentStep, type LogEntry, type LogEvent, type SagaState } from '@saga-checkout/saga';
import type { SagaView } from '@saga-checkout/shared-types';

/** The word for what an event leaves its step, or the saga, in. */
const STATUS: Record<LogEvent, string> = {
  SAGA_STARTED: 'RUNNING',
  STEP_STARTED: 'RUNNING',
  STEP_COMPLETED: 'COMPLETED',
  STEP_REFUSED: 'REFUSED',
  STEP_FAILED: 'FAILED',
  STEP_TIMED_OUT: 'FAILED',
  STEP_RETRIED: 'RUNNING',
  STEP_SKIPPED: 'SKIPPED',
  EVENT_AWAITED: 'WAITING',
  EVENT_RECEIVED: 'RECEIVED',
  COMPENSATION_STARTED: 'COMPENSATING',
  COMPENSATION_SKIPPED: 'SKIPPED',
  STEP_COMPENSATED: 'COMPENSATED',
  COMPENSATION_FAILED: 'COMPENSATION_FAILED',
  COMPENSATION_RETRIED: 'COMPENSATING',
  SAGA_COMPLETED: 'COMPLETED',
  SAGA_COMPENSATED: 'COMPENSATED',
  SAGA_CLAIMED: 'RUNNING',
  SAGA_CANCEL_REQUESTED: 'RUNNING',
  SAGA_TIMED_OUT: 'RUNNING',
  SAGA_RETRIED: 'RETRIED',
  SAGA_PAUSED: 'PAUSED',
  SAGA_RESUMED: 'RESUMED',
  STEP_SKIPPED_BY_OPERATOR: 'SKIPPED',
  LATE_REPLY_IGNORED: 'IGNORED',
};

/** A saga and its journal, as the public interface shows them. */
export function sagaViewOf(saga: SagaState, logs: readonly LogEntry[]): SagaView {
  const steps = Object.values(saga.steps);
  const done = steps.filter(({ status }) => status === 'COMPLETED' || status === 'SKIPPED').length;
  return {
    id: saga.sagaId,
    orderId: saga.businessKey,
    status: saga.status,
    currentStep: currentStep(saga),
    progress: Math.round((done / steps.length) * 100),
    history: logs.map((entry) => ({
      step: entry.step,
      status: STATUS[entry.event],
      message: messageOf(entry),
      timestamp: new Date(entry.at).toISOString(),
    })),
  };
}

function messageOf(entry: LogEntry): string {
  const attempt = entry.attempt !== null && entry.attempt > 1 ? ` (attempt ${entry.attempt})` : '';
  switch (entry.event) {
    case 'STEP_REFUSED':
    case 'STEP_FAILED':
    case 'STEP_TIMED_OUT':
    case 'COMPENSATION_FAILED':
      return `${entry.event}${attempt}: ${entry.data.error.code}: ${entry.data.error.message}`;
    case 'SAGA_CANCEL_REQUESTED':
    case 'SAGA_TIMED_OUT':
    case 'SAGA_COMPENSATED':
      return `${entry.event}: ${entry.data.failure.code}: ${entry.data.failure.message}`;
    case 'STEP_SKIPPED':
    case 'COMPENSATION_SKIPPED':
    case 'STEP_SKIPPED_BY_OPERATOR':
    case 'LATE_REPLY_IGNORED':
      return `${entry.event}${attempt}: ${entry.data.reason}`;
    case 'SAGA_CLAIMED':
      return `${entry.event} by ${entry.data.owner}`;
    default:
      return `${entry.event}${attempt}`;
  }
}
