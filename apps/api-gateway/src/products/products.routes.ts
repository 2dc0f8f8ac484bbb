import { product, productList } from '@saga-checkout/shared-types';
import { readUuid } from '../identifiers.js';
import { HttpProblem } from '../problem.js';
import { type RouteContext, serve } from '../routing.js';
import { UpstreamError } from '../upstream/exchange.js';
import { readJson } from '../upstream/read.js';
import type { Upstreams } from '../upstream/upstreams.js';

export interface ProductContext extends RouteContext {
  readonly upstreams: Upstreams;
  readonly readTimeoutMs: number;
}

/** `GET /api/products` and `GET /api/products/{id}`: the catalog, with what is available now. */
export function productRoutes({ app, answers, upstreams, readTimeoutMs }: ProductContext): void {
  const inventory = upstreams['inventory-service'];
  serve(app, '/api/products', {
    get: async (_req, res) => {
      const list = await readJson(inventory, '/products', productList, readTimeoutMs).catch(unavailable);
      answers.json(res, 200, JSON.stringify(list ?? { items: [] }));
    },
  });
  serve(app, '/api/products/:id', {
    get: async (req, res) => {
      const id = readUuid(req, 'id');
      const found = await readJson(inventory, `/products/${id}`, product, readTimeoutMs).catch(unavailable);
      if (found === undefined) throw new HttpProblem('PRODUCT_NOT_FOUND', `There is no product ${id}.`);
      answers.json(res, 200, JSON.stringify(found));
    },
  });
}

function unavailable(error: unknown): never {
  if (!(error instanceof UpstreamError)) throw error;
  throw new HttpProblem('CATALOG_UNAVAILABLE', 'The catalog does not answer. Try again in a moment.', {
    headers: { 'retry-after': '2' },
    log: { reason: error.message },
  });
}
