import type { Express, RequestHandler } from 'express';
import type { Answers } from './answers.js';
import { HttpProblem } from './problem.js';

/** Handlers answer, or throw (reject with) a problem. */
export interface Methods {
  readonly get?: RequestHandler;
  readonly post?: RequestHandler;
}

/** Serves an address: what it answers to, and 405 with `Allow` for everything else. */
export function serve(app: Express, path: string, methods: Methods): void {
  const route = app.route(path);
  if (methods.get !== undefined) route.get(methods.get);
  if (methods.post !== undefined) route.post(methods.post);
  const allow = [methods.get && 'GET, HEAD', methods.post && 'POST', 'OPTIONS'].filter(Boolean).join(', ');
  route.all((req, res) => {
    if (req.method === 'OPTIONS') res.writeHead(204, { allow }).end();
    else throw new HttpProblem('METHOD_NOT_ALLOWED', `This address answers to ${allow}.`, { headers: { allow } });
  });
}

/** What every route module is given. */
export interface RouteContext {
  readonly app: Express;
  readonly answers: Answers;
}
