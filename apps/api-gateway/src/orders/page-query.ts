import { type FieldError, HttpProblem } from '../problem.js';

export interface PageQuery {
  readonly limit: number;
  readonly cursor: string | undefined;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** `?limit=&cursor=` of a list. Throws a problem (INVALID_QUERY) that names everything wrong with it. */
export function readPageQuery(url: string): PageQuery {
  const start = url.indexOf('?');
  const query = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  const errors: FieldError[] = [];
  const limit = single(query, 'limit', /^([1-9]\d?|100)$/, `must be a whole number from 1 to ${MAX_LIMIT}`, errors);
  const cursor = single(query, 'cursor', /^[\x21-\x7e]{1,512}$/, 'must be the nextCursor of a page', errors);
  if (errors.length > 0)
    throw new HttpProblem('INVALID_QUERY', 'The query is not as it should be; errors says where and what.', { errors });
  return { limit: limit === undefined ? DEFAULT_LIMIT : Number(limit), cursor };
}

/** A parameter that may come once. There is no JSON to point into: `/query/limit` is where a reader would look. */
function single(query: URLSearchParams, name: string, form: RegExp, message: string, errors: FieldError[]) {
  const values = query.getAll(name);
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length === 1 && form.test(value)) return value;
  errors.push({ pointer: `/query/${name}`, code: 'INVALID_VALUE', message });
  return undefined;
}
