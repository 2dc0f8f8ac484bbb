import { z } from 'zod';
import { HttpProblem } from '../problem.js';
import { UpstreamError, type UpstreamRequest, type UpstreamResponse } from '../upstream/exchange.js';
import type { Replicas } from '../upstream/replicas.js';

const TIMEOUT_MS = 10_000;

/** How the orchestrator says no. */
const refusal = z.object({
  code: z.string(),
  message: z.string(),
  errors: z.array(z.object({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
});

/** Asks the orchestrator on behalf of an operator. Throws a problem for whatever it refuses, or when nobody answers. */
export async function askJson<S extends z.ZodType>(
  orchestrator: Replicas,
  request: Omit<UpstreamRequest, 'timeoutMs'>,
  schema: S,
): Promise<z.output<S>> {
  const { status, text } = await ask(orchestrator, { ...request, timeoutMs: TIMEOUT_MS });
  if (status === 200 || status === 202) return schema.parse(JSON.parse(text));
  throw problemOf(request.method, status, text);
}

function problemOf(method: UpstreamRequest['method'], status: number, text: string): HttpProblem {
  const { success, data } = refusal.safeParse(jsonOf(text));
  if (success && status === 400)
    return new HttpProblem(method === 'GET' ? 'INVALID_QUERY' : 'INVALID_BODY', `${data.message}.`, {
      ...(data.errors !== undefined && { errors: data.errors }),
    });
  if (success && status === 404) return new HttpProblem('SAGA_NOT_FOUND', 'There is no such saga.');
  if (success && status === 409)
    return new HttpProblem('NOT_APPLICABLE', `Nothing was changed: ${data.message}.`, {
      members: { reason: data.code },
    });
  return unavailable(`answered ${status} ${data?.code ?? ''}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever answers there is no orchestrator of ours
  }
}

async function ask(orchestrator: Replicas, request: UpstreamRequest): Promise<UpstreamResponse> {
  try {
    // An action is asked for once: asked again it would be refused, since it has been done.
    return await (request.method === 'GET' ? orchestrator.ask(request) : orchestrator.send(request));
  } catch (error) {
    if (error instanceof UpstreamError) throw unavailable(error.message);
    throw error;
  }
}

const unavailable = (reason: string): HttpProblem =>
  new HttpProblem('SAGAS_UNAVAILABLE', 'No orchestrator answers. Whether an action was taken, its saga tells later.', {
    headers: { 'retry-after': '2' },
    log: { reason },
  });
