import { type DeadLetterDetail, deadLetterDecision, deadLetterListQuery, uuid } from '@saga-checkout/shared-types';
import express, { type Request, type Response, Router } from 'express';
import { invalid, unavailable } from '../answers.js';
import type { DeadLetters } from './dead-letters.service.js';
import { LetterError, type LetterProblem, type WholeLetter } from './letter.js';
import { detailOf, pageOf, positionOf, summaryOf } from './views.js';

export interface DeadLettersRouterOptions {
  readonly letters: DeadLetters;
  /** How a saga stands; undefined if there is none. */
  readonly sagaStatus: (sagaId: string) => Promise<string | undefined>;
}

/** What operators ask about dead letters: which there are, what is in one, and to send it again or to discard it. */
export function deadLettersRouter(options: DeadLettersRouterOptions): Router {
  const { letters } = options;
  const router = Router();
  router.use('/dead-letters', express.json({ limit: '200kb' }));
  router.get('/dead-letters', answer(list(letters)));
  router.get('/dead-letters/:id', answer(show(options)));
  router.post('/dead-letters/:id/redrive', answer(decide(letters, 'redrive')));
  router.post('/dead-letters/:id/discard', answer(decide(letters, 'discard')));
  return router;
}

type Work = (request: Request, response: Response) => Promise<unknown>;

const answer = (work: Work) => async (request: Request, response: Response) => {
  try {
    await work(request, response);
  } catch (error) {
    refuse(response, error);
  }
};

const list =
  (letters: DeadLetters): Work =>
  async (request, response) => {
    const query = deadLetterListQuery.safeParse(request.query);
    if (!query.success) return invalid(response, query.error);
    const { cursor, ...filter } = query.data;
    const after = cursor === undefined ? undefined : positionOf(cursor);
    if (cursor !== undefined && after === undefined) {
      const message = 'the cursor is none that a page ended with; begin without one';
      return response.status(400).json({ code: 'INVALID_QUERY', message });
    }
    return response.json(pageOf(await letters.list({ ...filter, after }), filter.limit));
  };

const show =
  ({ letters, sagaStatus }: DeadLettersRouterOptions): Work =>
  async (request, response) => {
    const letter = await letters.find(String(request.params.id));
    response.json(detailOf(letter, await sagaOf(letter, sagaStatus)));
  };

async function sagaOf(
  { sagaId }: WholeLetter,
  sagaStatus: DeadLettersRouterOptions['sagaStatus'],
): Promise<DeadLetterDetail['saga']> {
  const id = uuid.safeParse(sagaId);
  const status = id.success ? await sagaStatus(id.data) : undefined;
  return id.success && status !== undefined ? { id: id.data, status } : null;
}

const decide =
  (letters: DeadLetters, action: 'redrive' | 'discard'): Work =>
  async (request, response) => {
    const body = deadLetterDecision.safeParse(request.body ?? {});
    if (!body.success) return invalid(response, body.error);
    response.json(summaryOf(await letters[action](String(request.params.id), body.data)));
  };

const STATUS: Record<LetterProblem, 404 | 409 | 503> = {
  LETTER_NOT_FOUND: 404,
  NOT_REDRIVABLE: 409,
  ALREADY_REDRIVEN: 409,
  ALREADY_DISCARDED: 409,
  REDRIVE_UNFINISHED: 409,
  UNROUTABLE: 409,
  REDRIVE_UNDER_WAY: 503,
  BROKER_UNAVAILABLE: 503,
};

/** The answer to an error that is expected. Others go to the error handler. */
function refuse(response: Response, error: unknown): void {
  if (!(error instanceof LetterError)) throw error;
  const { code, message } = error;
  const status = STATUS[code];
  if (status === 503) unavailable(response, code, message, 1_000);
  else response.status(status).json({ code, message });
}
