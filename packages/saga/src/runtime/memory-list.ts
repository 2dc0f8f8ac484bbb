import { currentStep, failureOf, type SagaState } from '../core/saga.js';
import { type Row, stateOf } from './memory-table.js';
import { type CheckedQuery, type Position, pageOf } from './pages.js';
import type { SagaPage, SagaSummary } from './saga-query.js';

const AT_WORK = ['RUNNING', 'COMPENSATING', 'COMPENSATION_FAILED'];

/** The rows that the query asks for, the latest created first. */
export function list(rows: Iterable<Row>, query: CheckedQuery): SagaPage {
  const { limit, after } = query;
  const candidates = [...rows].filter((row) => fits(row, query) && (after === undefined || comesBefore(after, row)));
  candidates.sort((one, other) => (comesBefore(one, other) ? -1 : 1));
  const sagas: SagaSummary[] = [];
  for (const row of candidates) {
    if (sagas.length > limit) break;
    const saga = stateOf(row);
    if (fitsState(saga, query)) sagas.push(summaryOf(row, saga));
  }
  return pageOf(sagas, limit);
}

const comesBefore = (one: Position, other: Position): boolean =>
  one.createdAt === other.createdAt ? one.sagaId > other.sagaId : one.createdAt > other.createdAt;

function fits({ status, type, businessKey, createdAt }: Row, query: CheckedQuery): boolean {
  const { createdAfter = -Infinity, createdBefore = Infinity } = query;
  return (
    (query.statuses?.includes(status) ?? true) &&
    (query.types?.includes(type) ?? true) &&
    businessKey === (query.businessKey ?? businessKey) &&
    businessKey.startsWith(query.businessKeyPrefix ?? '') &&
    createdAt >= createdAfter &&
    createdAt < createdBefore
  );
}

function fitsState(saga: SagaState, { step, errorCode, lane }: CheckedQuery): boolean {
  return (
    (step === undefined || AT_WORK.includes(new Map(Object.entries(saga.steps)).get(step)?.status ?? '')) &&
    (errorCode === undefined || failureOf(saga)?.code === errorCode) &&
    (lane === undefined || saga.lane === lane)
  );
}

function summaryOf({ owner, revision, dueAt, endedAt }: Row, saga: SagaState): SagaSummary {
  const { sagaId, type, version, status, businessKey, createdAt, updatedAt, lane } = saga;
  const { details: _, ...failure } = failureOf(saga) ?? {};
  return {
    ...{ sagaId, type, version, status, businessKey, createdAt, updatedAt, owner, revision, dueAt },
    currentStep: currentStep(saga),
    ...('code' in failure && { failure }),
    ...(endedAt !== undefined && { endedAt }),
    ...(lane !== undefined && { lane }),
  };
}
