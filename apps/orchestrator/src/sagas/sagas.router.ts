import { sagaAction, sagaActionRequest, sagaBulkRequest, sagaListQuery, uuid } from '@saga-checkout/shared-types';
import express, { type Request, type Response, Router } from 'express';
import type { z } from 'zod';
import { invalid, refuse } from '../answers.js';
import type { Sagas } from './sagas.service.js';
import { detailOf, pageOf } from './views.js';

/** What operators ask of the orchestrator: which sagas there are, what became of each, and to step in. */
export function sagasRouter(sagas: Sagas): Router {
  const router = Router();
  const answer = (work: (request: Request, response: Response) => Promise<unknown>) => {
    return async (request: Request, response: Response) => {
      try {
        await work(request, response);
      } catch (error) {
        refuse(response, error);
      }
    };
  };
  router.use('/sagas', express.json({ limit: '200kb' }));
  router.get('/sagas', answer(list(sagas)));
  router.get(
    '/sagas/statistics',
    answer(async (_request, response) => response.json(await sagas.statistics())),
  );
  router.post('/sagas/bulk', answer(bulk(sagas)));
  router.get('/sagas/:sagaId', answer(show(sagas)));
  router.post('/sagas/:sagaId/:action', answer(act(sagas)));
  return router;
}

const list = (sagas: Sagas) => async (request: Request, response: Response) => {
  const query = parsed(sagaListQuery, request.query, response);
  if (query === undefined) return;
  const { limit, cursor, ...filter } = query;
  response.json(pageOf(await sagas.list(filter, { limit, cursor })));
};

const show = (sagas: Sagas) => async (request: Request, response: Response) => {
  const sagaId = idOf(request);
  const found = sagaId === undefined ? undefined : await sagas.find(sagaId);
  if (found === undefined) return unknown(response);
  response.json(detailOf(found.record, found.logs));
};

const act = (sagas: Sagas) => async (request: Request, response: Response) => {
  const [sagaId, action] = [idOf(request), sagaAction.safeParse(request.params.action)];
  if (!action.success) {
    const message = `there is no action ${request.params.action}; take one of ${sagaAction.options.join(', ')}`;
    return void response.status(404).json({ code: 'NOT_FOUND', message });
  }
  const body = parsed(sagaActionRequest, request.body, response);
  if (body === undefined) return;
  if (action.data === 'skip' && body.step === undefined) return stepMissing(response);
  if (sagaId === undefined) return unknown(response);
  const { businessKey, status } = await sagas.act(sagaId, action.data, body);
  response.status(202).json({ id: sagaId, businessKey, status });
};

const bulk = (sagas: Sagas) => async (request: Request, response: Response) => {
  const body = parsed(sagaBulkRequest, request.body, response);
  if (body === undefined) return;
  if (body.action === 'skip' && body.step === undefined) return stepMissing(response);
  response.json(await sagas.bulk(body));
};

function parsed<S extends z.ZodType>(schema: S, value: unknown, response: Response): z.output<S> | undefined {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  invalid(response, result.error);
  return undefined;
}

const idOf = (request: Request): string | undefined => uuid.safeParse(request.params.sagaId).data;

function unknown(response: Response): void {
  response.status(404).json({ code: 'SAGA_NOT_FOUND', message: 'there is no saga with this id' });
}

function stepMissing(response: Response): void {
  const errors = [{ pointer: '/step', code: 'required', message: 'skip needs the name of the step' }];
  response.status(400).json({ code: 'INVALID_REQUEST', message: 'the request is not valid; see errors', errors });
}
