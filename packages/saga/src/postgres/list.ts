import type { SagaStatus } from '../core/saga.js';
import type { CheckedQuery } from '../runtime/pages.js';
import type { SagaSummary } from '../runtime/saga-query.js';
import type { Statement } from './pool.js';
import { AT_REST, timeOf } from './rows.js';

const BUSY: readonly SagaStatus[] = ['RUNNING', 'COMPENSATING'];
const ENDED: readonly SagaStatus[] = ['COMPLETED', 'COMPENSATED'];
const ALL: readonly SagaStatus[] = [...BUSY, ...ENDED, 'WAITING', 'COMPENSATION_FAILED', 'PAUSED'];

const LATEST_FIRST = 'order by created_at desc, saga_id desc';

/** The values of a statement, which refers to them by place. */
class Values {
  readonly all: unknown[] = [];

  add(value: unknown): string {
    return `$${this.all.push(value)}`;
  }
}

/**
 * Lists one saga more than the limit, so that one knows whether there is a next page. Those that are at a step, which
 * are never many, come by due time; the others come in order from the indexes for reading. The statement has no name:
 * each is planned for the filters that it has.
 */
export function listStatement(query: CheckedQuery): Statement {
  const values = new Values();
  const limit = values.add(query.limit + 1);
  const filters = filtersOf(query, values);
  const { statuses = ALL } = query;
  const wanted = query.step === undefined ? statuses : statuses.filter((status) => !ENDED.includes(status));
  const busy = wanted.filter((status) => BUSY.includes(status));
  const found = (from: string, ...conditions: string[]) =>
    `select s.saga_id, s.created_at from ${from} where ${[...conditions, ...filters].join(' and ')} ${LATEST_FIRST} limit ${limit}`;
  const underWay = found('saga_state s', 's.due_at is not null', `s.status = any (${values.add(busy)}::text[])`);
  const all = values.add(wanted);
  const atRest = isSelective(query)
    ? found('saga_state s', AT_REST, `s.status = any (${all}::text[])`)
    : `select f.* from kinds k cross join lateral (
         ${found('saga_state s', AT_REST, 's.status = k.status', 's.saga_type = k.saga_type')}
       ) f ${LATEST_FIRST} limit ${limit}`;
  const text = `with recursive ${kindsOf(all)},
    page as ((${underWay}) union all (${atRest}) ${LATEST_FIRST} limit ${limit})
    select ${SUMMARY_COLUMNS} from page p join saga_state s using (saga_id) order by s.created_at desc, s.saga_id desc`;
  return { text, values: values.all };
}

/** Whether a filter has an index of its own, which gives the sagas of all types and statuses in order. */
const isSelective = ({ businessKey, errorCode, lane }: CheckedQuery): boolean =>
  businessKey !== undefined || errorCode !== undefined || lane !== undefined;

/** Which types there are among the sagas at rest of each status, with one look at the index for each. */
const kindsOf = (statuses: string) => `
  found (status, saga_type) as (
    select status, (select min(s.saga_type) from saga_state s where ${AT_REST} and s.status = w.status)
    from unnest(${statuses}::text[]) as w(status)
    union all
    select status, (
      select min(s.saga_type) from saga_state s
      where ${AT_REST} and s.status = f.status and s.saga_type > f.saga_type
    ) from found f where saga_type is not null
  ), kinds as (select * from found where saga_type is not null)`;

function filtersOf(query: CheckedQuery, values: Values): string[] {
  const { types, step, errorCode, businessKey, businessKeyPrefix, createdAfter, createdBefore, lane, after } = query;
  const conditions: string[] = [];
  const where = (value: unknown, condition: (place: string) => string) => {
    if (value !== undefined) conditions.push(condition(values.add(value)));
  };
  where(types, (place) => `s.saga_type = any (${place}::text[])`);
  where(
    step,
    (place) => `s.steps -> ${place}::text ->> 'status' in ('RUNNING', 'COMPENSATING', 'COMPENSATION_FAILED')`,
  );
  where(errorCode, (place) => `s.failure ->> 'code' = ${place}`);
  where(businessKey, (place) => `s.business_key = ${place}`);
  where(businessKeyPrefix?.replace(/[%_\\]/g, '\\$&').concat('%'), (place) => `s.business_key like ${place}`);
  where(createdAfter, (place) => `s.created_at >= ${timeOf(place)}`);
  where(createdBefore, (place) => `s.created_at < ${timeOf(place)}`);
  where(lane, (place) => `s.context ->> 'lane' = ${place}`);
  if (after !== undefined) {
    const [createdAt, sagaId] = [values.add(after.createdAt), values.add(after.sagaId)];
    conditions.push(`(s.created_at, s.saga_id) < (${timeOf(createdAt)}, ${sagaId}::uuid)`);
  }
  return conditions;
}

const SUMMARY_COLUMNS = `s.saga_id, s.saga_type, s.version, s.status, s.business_key, s.current_step,
  s.failure - 'details' as failure, s.owner, s.revision, s.created_at, s.updated_at, s.completed_at, s.due_at,
  s.context ->> 'lane' as lane`;

/** A row that the statement gives, as pg reads it. */
export interface SummaryRow {
  saga_id: string;
  saga_type: string;
  version: number;
  status: SagaStatus;
  business_key: string;
  current_step: string | null;
  failure: SagaSummary['failure'] | null;
  owner: string | null;
  revision: number;
  created_at: Date;
  updated_at: Date;
  completed_at: Date | null;
  due_at: Date | null;
  lane: string | null;
}

export function summaryOf(row: SummaryRow): SagaSummary {
  const { version, status, owner, revision, failure, lane } = row;
  return {
    sagaId: row.saga_id,
    type: row.saga_type,
    version,
    status,
    businessKey: row.business_key,
    currentStep: row.current_step,
    owner,
    revision,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    dueAt: row.due_at?.getTime() ?? null,
    ...(failure !== null && { failure }),
    ...(row.completed_at !== null && { endedAt: row.completed_at.getTime() }),
    ...(lane !== null && { lane }),
  };
}
