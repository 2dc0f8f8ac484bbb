import type { z } from 'zod';
import { type FieldError, HttpProblem } from '../problem.js';

/** The query of a request, checked by the schema, as text to hand on. Throws a problem (INVALID_QUERY) that names everything wrong. */
export function readQuery(url: string, schema: z.ZodType): string {
  const start = url.indexOf('?');
  const given = new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
  const names = [...new Set(given.keys())];
  const twice = names.filter((name) => given.getAll(name).length > 1);
  const parsed = schema.safeParse(Object.fromEntries(given));
  const errors: FieldError[] = [
    ...twice.map((name) => ({ pointer: `/query/${name}`, code: 'INVALID_VALUE', message: 'may be given once' })),
    ...(parsed.error?.issues ?? []).map(({ path, code, message }) => ({
      pointer: `/query/${path.map(String).join('/')}`,
      code: code.toUpperCase(),
      message,
    })),
  ];
  if (errors.length === 0) return given.toString();
  throw new HttpProblem('INVALID_QUERY', 'The query is not as it should be; errors says where and what.', { errors });
}
