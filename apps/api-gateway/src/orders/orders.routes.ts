import { sagaView } from '@saga-checkout/shared-types';
import type { RequestHandler } from 'express';
import type { Log } from '../answers.js';
import { readUserId, readUuid } from '../identifiers.js';
import { type Authenticate, mayActFor, ownerOnly } from '../principal.js';
import { HttpProblem } from '../problem.js';
import { type RouteContext, serve } from '../routing.js';
import { UpstreamError } from '../upstream/exchange.js';
import { readJson } from '../upstream/read.js';
import type { Upstreams } from '../upstream/upstreams.js';
import { cancelOrder, readReason } from './cancel.js';
import { OrderReader } from './order-reader.js';
import { readPageQuery } from './page-query.js';

export interface OrderContext extends RouteContext {
  readonly log: Log;
  readonly upstreams: Upstreams;
  readonly readTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly authenticate: Authenticate;
}

/** Everything about orders but placing them (that is a checkout). */
export function orderRoutes(context: OrderContext): void {
  const { app, upstreams, readTimeoutMs, log } = context;
  const reader = new OrderReader(upstreams, readTimeoutMs, log);
  serve(app, '/api/orders/user/:userId', { get: listOrders(context, reader) });
  serve(app, '/api/orders/:id', { get: showOrder(context, reader) });
  serve(app, '/api/orders/:id/saga', { get: showSaga(context) });
  serve(app, '/api/orders/:id/cancel', { post: cancel(context) });
}

const showOrder =
  ({ answers, authenticate }: OrderContext, reader: OrderReader): RequestHandler =>
  async (req, res) => {
    const principal = await authenticate(req);
    const id = readUuid(req, 'id');
    const order = await reader.order(id).catch(unavailable);
    // Somebody else's order is as unknown as one that does not exist.
    if (order === undefined || !mayActFor(principal, order.userId)) throw notFound(id);
    answers.json(res, 200, JSON.stringify(order));
  };

const listOrders =
  ({ answers, authenticate }: OrderContext, reader: OrderReader): RequestHandler =>
  async (req, res) => {
    const principal = await authenticate(req);
    const userId = readUserId(req, 'userId');
    const { limit, cursor } = readPageQuery(req.url);
    if (!mayActFor(principal, userId)) throw new HttpProblem('FORBIDDEN', 'The orders of others are not shown.');
    const page = await reader.ordersOf(userId, limit, cursor).catch(badCursorOr(unavailable));
    const link = page.nextCursor === undefined ? undefined : nextLink(userId, limit, page.nextCursor);
    answers.json(res, 200, JSON.stringify(page), link);
  };

function nextLink(userId: string, limit: number, cursor: string): { link: string } {
  const query = new URLSearchParams({ limit: String(limit), cursor });
  return { link: `</api/orders/user/${userId}?${query}>; rel="next"` };
}

const showSaga =
  ({ answers, authenticate, upstreams, readTimeoutMs }: OrderContext): RequestHandler =>
  async (req, res) => {
    const owner = ownerOnly(await authenticate(req));
    const id = readUuid(req, 'id');
    const path = `/checkouts/${id}/saga${owner === undefined ? '' : `?userId=${encodeURIComponent(owner)}`}`;
    const saga = await readJson(upstreams.orchestrator, path, sagaView, readTimeoutMs).catch(unavailable);
    if (saga === undefined) throw notFound(id);
    answers.json(res, 200, JSON.stringify(saga));
  };

const cancel =
  ({ answers, authenticate, upstreams, bodyTimeoutMs }: OrderContext): RequestHandler =>
  async (req, res) => {
    const principal = await authenticate(req);
    const orderId = readUuid(req, 'id');
    const reason = await readReason(req, bodyTimeoutMs);
    const by = principal.kind === 'known' ? { by: principal.userId, userId: ownerOnly(principal) } : {};
    await cancelOrder(upstreams.orchestrator, orderId, { reason, ...by }).catch(unavailable);
    const message = 'The order is being cancelled; Location tells how it goes';
    answers.json(res, 202, JSON.stringify({ success: true, orderId, message }), {
      location: `/api/orders/${orderId}/saga`,
    });
  };

const notFound = (id: string): HttpProblem => new HttpProblem('ORDER_NOT_FOUND', `There is no order ${id}.`);

/** Only the order-service can tell whether a cursor is one of its own; it says 400 when not. */
function badCursorOr(otherwise: (error: unknown) => never): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof UpstreamError) || error.status !== 400) return otherwise(error);
    throw new HttpProblem('INVALID_QUERY', 'The cursor is not the nextCursor of a page.', {
      errors: [{ pointer: '/query/cursor', code: 'INVALID_VALUE', message: 'must be the nextCursor of a page' }],
    });
  };
}

function unavailable(error: unknown): never {
  if (!(error instanceof UpstreamError)) throw error;
  throw new HttpProblem('ORDERS_UNAVAILABLE', 'Orders cannot be read or changed right now. Try again in a moment.', {
    headers: { 'retry-after': '2' },
    log: { reason: error.message },
  });
}
