import {
  cancelAccepted,
  cancelBody,
  checkoutBody,
  checkoutConfirmed,
  checkoutPending,
  health,
  orderPage,
  orderView,
  product,
  productList,
  sagaActionBody,
  sagaActionResult,
  sagaBulkBody,
  sagaBulkResult,
  sagaDetail,
  sagaListQuery,
  sagaPage,
  sagaStatistics,
  sagaView,
} from '@saga-checkout/shared-types';
import { z } from 'zod';
import type { ProblemCode } from '../problem-codes.js';

/** A parameter in a path, a query or a header. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: z.ZodType;
  readonly description: string;
}

/** One thing that can be asked of the gateway: what it takes, what it answers, and what may go wrong. */
export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  readonly tag: 'Customers' | 'Operators' | 'Processes';
  readonly parameters?: readonly Parameter[];
  /** A query as a whole, one parameter per field. */
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly isBodyOptional?: boolean;
  readonly answers: Readonly<Record<number, { readonly schema?: z.ZodType; readonly description: string }>>;
  readonly problems: readonly ProblemCode[];
}

const id = (what: string, name = 'id'): Parameter => ({
  name,
  in: 'path',
  schema: z.uuid(),
  description: `The ${what}'s id.`,
});

const NEEDS_CUSTOMER: readonly ProblemCode[] = ['UNAUTHENTICATED', 'AUTH_UNAVAILABLE'];
const NEEDS_OPERATOR: readonly ProblemCode[] = [...NEEDS_CUSTOMER, 'FORBIDDEN', 'SAGAS_UNAVAILABLE'];
const TAKES_BODY: readonly ProblemCode[] = [
  'BROKEN_REQUEST',
  'BROKEN_BODY',
  'BROKEN_JSON',
  'INVALID_BODY',
  'REQUEST_TIMEOUT',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
];
const CHECKOUT: readonly ProblemCode[] = [
  ...TAKES_BODY,
  ...NEEDS_CUSTOMER,
  'INVALID_HEADER',
  'FORBIDDEN',
  'CONFLICTING_PRICES',
  'TOTAL_TOO_LARGE',
  'IDEMPOTENCY_KEY_REUSED',
  'CHECKOUT_UNAVAILABLE',
  'CHECKOUT_OUTCOME_UNKNOWN',
  'ORCHESTRATOR_FULL',
  'PARTICIPANT_UNAVAILABLE',
];

const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: z.string().min(1).max(255).optional(),
  description: 'The same key with the same body is the same checkout, and gets the same outcome.',
};
const prefer: Parameter = {
  name: 'Prefer',
  in: 'header',
  schema: z.string().optional(),
  description: '`respond-async`: answer at once. `wait=N`: wait for the outcome so many seconds at most.',
};

/** Everything the gateway answers to. Whatever is served is here: a test compares. */
export const operations: readonly Operation[] = [
  {
    id: 'checkout',
    method: 'post',
    path: '/api/checkout',
    summary: 'Buys a cart, and waits for the outcome',
    tag: 'Customers',
    parameters: [idempotencyKey, prefer],
    body: checkoutBody,
    answers: {
      201: { schema: checkoutConfirmed, description: 'The order is confirmed and paid. `Location` is the order.' },
      202: { schema: checkoutPending, description: 'It is under way. `Location` tells how it goes.' },
    },
    problems: [
      ...CHECKOUT,
      'PAYMENT_DECLINED',
      'INSUFFICIENT_STOCK',
      'PRICE_CHANGED',
      'UNKNOWN_PRODUCT',
      'ORDER_CANCELLED',
      'CHECKOUT_FAILED',
    ],
  },
  {
    id: 'placeOrder',
    method: 'post',
    path: '/api/orders',
    summary: 'Buys a cart, and does not wait',
    tag: 'Customers',
    parameters: [idempotencyKey],
    body: checkoutBody,
    answers: { 202: { schema: checkoutPending, description: 'It is under way. `Location` tells how it goes.' } },
    problems: CHECKOUT,
  },
  {
    id: 'getOrder',
    method: 'get',
    path: '/api/orders/{id}',
    summary: 'An order, with its payment and its reservations',
    tag: 'Customers',
    parameters: [id('order')],
    answers: { 200: { schema: orderView, description: 'The order. A part that cannot be read now says so.' } },
    problems: [...NEEDS_CUSTOMER, 'INVALID_ID', 'ORDER_NOT_FOUND', 'ORDERS_UNAVAILABLE'],
  },
  {
    id: 'listOrders',
    method: 'get',
    path: '/api/orders/user/{userId}',
    summary: 'A customer’s orders, newest first',
    tag: 'Customers',
    parameters: [
      { name: 'userId', in: 'path', schema: z.string(), description: 'The customer.' },
      {
        name: 'limit',
        in: 'query',
        schema: z.int().min(1).max(100).optional(),
        description: 'Per page; 20 if absent.',
      },
      { name: 'cursor', in: 'query', schema: z.string().optional(), description: '`nextCursor` of the page before.' },
    ],
    answers: { 200: { schema: orderPage, description: 'A page; `Link: rel="next"` leads to the next one.' } },
    problems: [...NEEDS_CUSTOMER, 'FORBIDDEN', 'INVALID_ID', 'INVALID_QUERY', 'ORDERS_UNAVAILABLE'],
  },
  {
    id: 'getOrderSaga',
    method: 'get',
    path: '/api/orders/{id}/saga',
    summary: 'How an order’s checkout goes, step by step',
    tag: 'Customers',
    parameters: [id('order')],
    answers: { 200: { schema: sagaView, description: 'The saga and its history.' } },
    problems: [...NEEDS_CUSTOMER, 'INVALID_ID', 'ORDER_NOT_FOUND', 'ORDERS_UNAVAILABLE'],
  },
  {
    id: 'cancelOrder',
    method: 'post',
    path: '/api/orders/{id}/cancel',
    summary: 'Cancels an order whose checkout has not come to its end',
    tag: 'Customers',
    parameters: [id('order')],
    body: cancelBody,
    isBodyOptional: true,
    answers: { 202: { schema: cancelAccepted, description: 'What was done is being taken back.' } },
    problems: [
      ...TAKES_BODY,
      ...NEEDS_CUSTOMER,
      'INVALID_ID',
      'ORDER_NOT_FOUND',
      'CANNOT_CANCEL',
      'ORDERS_UNAVAILABLE',
    ],
  },
  {
    id: 'listProducts',
    method: 'get',
    path: '/api/products',
    summary: 'The catalog',
    tag: 'Customers',
    answers: { 200: { schema: productList, description: 'Products with price and availability.' } },
    problems: ['CATALOG_UNAVAILABLE'],
  },
  {
    id: 'getProduct',
    method: 'get',
    path: '/api/products/{id}',
    summary: 'One product',
    tag: 'Customers',
    parameters: [id('product')],
    answers: { 200: { schema: product, description: 'The product.' } },
    problems: ['INVALID_ID', 'PRODUCT_NOT_FOUND', 'CATALOG_UNAVAILABLE'],
  },
  {
    id: 'listSagas',
    method: 'get',
    path: '/api/sagas',
    summary: 'Sagas by status, type, step, error, age and business key',
    tag: 'Operators',
    query: sagaListQuery,
    answers: { 200: { schema: sagaPage, description: 'A page, the latest created first.' } },
    problems: [...NEEDS_OPERATOR, 'INVALID_QUERY'],
  },
  {
    id: 'getSagaStatistics',
    method: 'get',
    path: '/api/sagas/statistics',
    summary: 'How many sagas are under way, and what the orchestrator that answers has done',
    tag: 'Operators',
    answers: { 200: { schema: sagaStatistics, description: 'Counts, rates and durations.' } },
    problems: NEEDS_OPERATOR,
  },
  {
    id: 'actOnSagas',
    method: 'post',
    path: '/api/sagas/bulk',
    summary: 'Does the same to all sagas that a filter matches; a dry run counts them',
    tag: 'Operators',
    body: sagaBulkBody,
    answers: { 200: { schema: sagaBulkResult, description: 'What became of each.' } },
    problems: [...TAKES_BODY, ...NEEDS_OPERATOR],
  },
  {
    id: 'getSaga',
    method: 'get',
    path: '/api/sagas/{id}',
    summary: 'All that the journal knows of a saga',
    tag: 'Operators',
    parameters: [id('saga')],
    answers: { 200: { schema: sagaDetail, description: 'State, steps and log.' } },
    problems: [...NEEDS_OPERATOR, 'INVALID_ID', 'SAGA_NOT_FOUND'],
  },
  {
    id: 'actOnSaga',
    method: 'post',
    path: '/api/sagas/{id}/{action}',
    summary: 'Steps in: retry, skip, compensate, pause, resume or cancel',
    tag: 'Operators',
    parameters: [
      id('saga'),
      {
        name: 'action',
        in: 'path',
        schema: z.enum(['retry', 'skip', 'compensate', 'pause', 'resume', 'cancel']),
        description: 'What to do.',
      },
    ],
    body: sagaActionBody,
    answers: { 202: { schema: sagaActionResult, description: 'It is journaled, with who and why.' } },
    problems: [...TAKES_BODY, ...NEEDS_OPERATOR, 'INVALID_ID', 'NOT_FOUND', 'SAGA_NOT_FOUND', 'NOT_APPLICABLE'],
  },
  {
    id: 'getHealth',
    method: 'get',
    path: '/health',
    summary: 'What the gateway depends on, each with its state',
    tag: 'Processes',
    answers: {
      200: { schema: health, description: 'healthy or degraded' },
      503: { schema: health, description: 'unhealthy' },
    },
    problems: [],
  },
  {
    id: 'isLive',
    method: 'get',
    path: '/health/live',
    summary: 'Whether the process answers',
    tag: 'Processes',
    answers: { 200: { schema: z.object({ status: z.literal('live'), service: z.string() }), description: 'It does.' } },
    problems: [],
  },
  {
    id: 'isReady',
    method: 'get',
    path: '/health/ready',
    summary: 'Whether checkouts can be taken',
    tag: 'Processes',
    answers: {
      200: { schema: z.object({ status: z.literal('ready'), service: z.string() }), description: 'They can.' },
      503: {
        schema: z.looseObject({ status: z.literal('not ready'), service: z.string() }),
        description: 'They cannot, and why.',
      },
    },
    problems: [],
  },
  {
    id: 'getMetrics',
    method: 'get',
    path: '/metrics',
    summary: 'Measurements, for Prometheus',
    tag: 'Processes',
    answers: { 200: { description: 'text/plain' } },
    problems: [],
  },
  {
    id: 'getOpenApi',
    method: 'get',
    path: '/api/openapi.json',
    summary: 'This document',
    tag: 'Processes',
    answers: { 200: { schema: z.looseObject({ openapi: z.string() }), description: 'OpenAPI 3.1' } },
    problems: [],
  },
  {
    id: 'getDocs',
    method: 'get',
    path: '/api/docs',
    summary: 'This document, as a page',
    tag: 'Processes',
    answers: { 200: { description: 'text/html' } },
    problems: [],
  },
];
