import type { z } from 'zod';
import { UpstreamError } from './exchange.js';
import type { Replicas } from './replicas.js';

/**
 * Reads JSON of the shape `schema` from a service; undefined when it answers 404. Fields that the schema does not know
 * are left out, so that what a service adds for itself never gets through the door by accident. Rejects with an
 * UpstreamError when the service cannot be read.
 */
export async function readJson<S extends z.ZodType>(
  replicas: Replicas,
  path: string,
  schema: S,
  timeoutMs: number,
): Promise<z.output<S> | undefined> {
  const { status, text } = await replicas.ask({ method: 'GET', path, timeoutMs });
  if (status === 404) return undefined;
  if (status !== 200) throw UpstreamError.answered(status);
  return parse(schema, text);
}

function parse<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new UpstreamError('answered with something that is not understood', { sent: true, cause: error });
  }
}
