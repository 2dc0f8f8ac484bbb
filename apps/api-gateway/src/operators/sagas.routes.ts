import {
  sagaAction,
  sagaActionBody,
  sagaActionResult,
  sagaBulkBody,
  sagaBulkResult,
  sagaDetail,
  sagaListQuery,
  sagaPage,
  sagaStatistics,
} from '@saga-checkout/shared-types';
import type { Request, RequestHandler, Response } from 'express';
import { operatorOf } from '../auth/authenticate.js';
import { readJsonText } from '../body/read-body.js';
import { parseBody } from '../body/validate.js';
import { readUuid } from '../identifiers.js';
import type { Authenticate } from '../principal.js';
import { HttpProblem } from '../problem.js';
import { type RouteContext, serve } from '../routing.js';
import type { Upstreams } from '../upstream/upstreams.js';
import { askJson } from './ask-json.js';
import { readQuery } from './query.js';

export interface OperatorContext extends RouteContext {
  readonly upstreams: Upstreams;
  readonly bodyTimeoutMs: number;
  readonly authenticateOperator: Authenticate;
}

/** What operators see of sagas, and do to them: the orchestrator's own interface, behind a lock. */
export function sagaRoutes(context: OperatorContext): void {
  const { app, authenticateOperator, upstreams } = context;
  const { orchestrator } = upstreams;
  const asOperator =
    (work: (by: string, req: Request, res: Response) => Promise<void>): RequestHandler =>
    async (req, res) =>
      work(await operatorOf(authenticateOperator, req), req, res);
  const answer = (res: Response, status: number, body: unknown) =>
    context.answers.json(res, status, JSON.stringify(body));
  const bodyOf = async <S extends Parameters<typeof parseBody>[0]>(schema: S, req: Request) =>
    parseBody<S>(schema, await readJsonText(req, context.bodyTimeoutMs));

  serve(app, '/api/sagas', {
    get: asOperator(async (_by, req, res) => {
      const query = readQuery(req.url, sagaListQuery);
      answer(res, 200, await askJson(orchestrator, { method: 'GET', path: `/sagas?${query}` }, sagaPage));
    }),
  });
  serve(app, '/api/sagas/statistics', {
    get: asOperator(async (_by, _req, res) => {
      answer(res, 200, await askJson(orchestrator, { method: 'GET', path: '/sagas/statistics' }, sagaStatistics));
    }),
  });
  serve(app, '/api/sagas/bulk', {
    post: asOperator(async (by, req, res) => {
      const body = JSON.stringify({ ...(await bodyOf(sagaBulkBody, req)), by });
      answer(res, 200, await askJson(orchestrator, { method: 'POST', path: '/sagas/bulk', body }, sagaBulkResult));
    }),
  });
  serve(app, '/api/sagas/:id', {
    get: asOperator(async (_by, req, res) => {
      const path = `/sagas/${readUuid(req, 'id')}`;
      answer(res, 200, await askJson(orchestrator, { method: 'GET', path }, sagaDetail));
    }),
  });
  serve(app, '/api/sagas/:id/:action', {
    post: asOperator(async (by, req, res) => {
      const id = readUuid(req, 'id');
      const body = JSON.stringify({ ...(await bodyOf(sagaActionBody, req)), by });
      const path = `/sagas/${id}/${actionOf(req)}`;
      answer(res, 202, await askJson(orchestrator, { method: 'POST', path, body }, sagaActionResult));
    }),
  });
}

function actionOf(req: Request): string {
  const action = sagaAction.safeParse(req.params.action);
  if (action.success) return action.data;
  throw new HttpProblem('NOT_FOUND', `There is no such action; there are ${sagaAction.options.join(', ')}.`);
}
