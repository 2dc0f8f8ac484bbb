import { SagaError } from '../core/errors.js';
import type { SagaPage, SagaQuery, SagaSummary } from './saga-query.js';

/** Where a page ends, and the next begins. */
export interface Position {
  readonly createdAt: number;
  readonly sagaId: string;
}

/** A query that a store can answer as it is. */
export type CheckedQuery = Omit<SagaQuery, 'limit' | 'cursor'> & { readonly limit: number; readonly after?: Position };

const DEFAULT_LIMIT = 50;
const MOST = 500;

/**
 * `idPattern`: what ids look like in the store.
 *
 * @throws SagaError INVALID_QUERY
 */
export function checkQuery({ limit = DEFAULT_LIMIT, cursor, ...query }: SagaQuery, idPattern = /./): CheckedQuery {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST)
    throw invalid(`limit must be a whole number from 1 to ${MOST}, and is ${limit}`);
  for (const [name, value] of Object.entries(query)) {
    if (Number.isNaN(value)) throw invalid(`${name} must be a time in epoch ms, and is NaN`);
    if ([value].flat().some((text) => typeof text === 'string' && text.includes('\0')))
      throw invalid(`${name} contains a NUL character; leave it out`);
  }
  return { ...query, limit, ...(cursor !== undefined && { after: positionOf(cursor, idPattern) }) };
}

const cursorOf = ({ createdAt, sagaId }: Position): string => `${createdAt}.${sagaId}`;

function positionOf(cursor: string, idPattern: RegExp): Position {
  const [, createdAt, sagaId = ''] = /^(-?\d{1,16})\.(.+)$/.exec(cursor) ?? [];
  if (createdAt === undefined || !idPattern.test(sagaId))
    throw invalid('the cursor is not one that a page gave; ask without a cursor for the first page');
  return { createdAt: Number(createdAt), sagaId };
}

function invalid(what: string): SagaError {
  return new SagaError('INVALID_QUERY', `sagas cannot be listed: ${what}`);
}

/** The page of sagas that are in order, and of which there is one more than the limit if there is a next page. */
export function pageOf(sagas: readonly SagaSummary[], limit: number): SagaPage {
  const last = sagas[limit - 1];
  if (last === undefined || sagas.length === limit) return { sagas };
  return { sagas: sagas.slice(0, limit), nextCursor: cursorOf(last) };
}
