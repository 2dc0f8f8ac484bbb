import { currentStep, failureOf, type LogEntry, type SagaPage, type SagaRecord } from '@saga-checkout/saga';
import type { SagaDetail, SagaList } from '@saga-checkout/shared-types';

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** A page of sagas as operators get it. */
export function pageOf({ sagas, nextCursor }: SagaPage): SagaList {
  const items = sagas.map(({ sagaId: id, createdAt, updatedAt, endedAt, dueAt, failure, ...saga }) => ({
    id,
    ...saga,
    ...(failure !== undefined && { failure }),
    createdAt: timeOf(createdAt),
    updatedAt: timeOf(updatedAt),
    ...(endedAt !== undefined && { endedAt: timeOf(endedAt) }),
    dueAt: dueAt === null ? null : timeOf(dueAt),
  }));
  return { items, ...(nextCursor !== undefined && { nextCursor }) };
}

/** All that is known of one saga, as operators get it. */
export function detailOf({ saga, revision, owner }: SagaRecord, logs: readonly LogEntry[]): SagaDetail {
  const failure = failureOf(saga);
  return {
    id: saga.sagaId,
    type: saga.type,
    version: saga.version,
    status: saga.status,
    businessKey: saga.businessKey,
    currentStep: currentStep(saga),
    ...(failure !== undefined && { failure }),
    owner,
    revision,
    input: saga.input,
    steps: Object.fromEntries(Object.entries(saga.steps).map(([name, step]) => [name, { ...step }])),
    logs: logs.map(({ at, ...entry }) => ({ ...entry, at: timeOf(at) })),
    createdAt: timeOf(saga.createdAt),
    updatedAt: timeOf(saga.updatedAt),
    ...('endedAt' in saga && { endedAt: timeOf(saga.endedAt) }),
  };
}
