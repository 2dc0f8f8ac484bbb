/**
 * Every `code` a problem may carry, with its status and title. A code's page is its `type`:
 * `INSUFFICIENT_STOCK` → `/problems/insufficient-stock`.
 */
export const problemCodes = {
  // The request cannot be read, or says something it must not.
  BROKEN_REQUEST: [400, 'The request is not valid HTTP'],
  BROKEN_BODY: [400, 'The body cannot be read'],
  BROKEN_JSON: [400, 'The body is not JSON'],
  INVALID_BODY: [400, 'The body is not what this address expects'],
  INVALID_HEADER: [400, 'A header is not valid'],
  INVALID_ID: [400, 'The identifier in the path is not valid'],
  INVALID_QUERY: [400, 'The query is not valid'],
  UNAUTHENTICATED: [401, 'Who asks is not known'],
  FORBIDDEN: [403, 'That is not yours to do'],
  NOT_FOUND: [404, 'There is nothing at this address'],
  ORDER_NOT_FOUND: [404, 'There is no such order'],
  PRODUCT_NOT_FOUND: [404, 'There is no such product'],
  SAGA_NOT_FOUND: [404, 'There is no such saga'],
  METHOD_NOT_ALLOWED: [405, 'This address does not answer to that method'],
  REQUEST_TIMEOUT: [408, 'The request took too long to arrive'],
  BODY_TOO_LARGE: [413, 'The body is too large'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The body is in a form that is not understood'],
  EXPECTATION_FAILED: [417, 'The expectation cannot be met'],
  HEADERS_TOO_LARGE: [431, 'The headers are too large'],
  // Well-formed, and impossible.
  CONFLICTING_PRICES: [422, 'One product is listed with different prices'],
  TOTAL_TOO_LARGE: [422, 'The total is over the limit'],
  IDEMPOTENCY_KEY_REUSED: [422, 'The Idempotency-Key belongs to another request'],
  UNKNOWN_PRODUCT: [422, 'A product does not exist'],
  // The shop says no.
  PAYMENT_DECLINED: [402, 'The payment was declined'],
  INSUFFICIENT_STOCK: [409, 'Not enough in stock'],
  PRICE_CHANGED: [409, 'A price has changed'],
  ORDER_CANCELLED: [409, 'The order was cancelled'],
  CANNOT_CANCEL: [409, 'The order can no longer be cancelled'],
  NOT_APPLICABLE: [409, 'That cannot be done to this saga now'],
  // Not now.
  CHECKOUT_FAILED: [503, 'The checkout could not be completed'],
  CHECKOUT_UNAVAILABLE: [503, 'Checkouts cannot be taken right now'],
  CHECKOUT_OUTCOME_UNKNOWN: [503, 'The outcome of the checkout is not known yet'],
  ORCHESTRATOR_FULL: [503, 'The shop is busy'],
  PARTICIPANT_UNAVAILABLE: [503, 'A part of the shop is down'],
  AUTH_UNAVAILABLE: [503, 'Tokens cannot be checked right now'],
  ORDERS_UNAVAILABLE: [503, 'Orders cannot be read right now'],
  SAGAS_UNAVAILABLE: [503, 'Sagas cannot be read or changed right now'],
  CATALOG_UNAVAILABLE: [503, 'The catalog cannot be read right now'],
  INTERNAL: [500, 'Something went wrong here'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof problemCodes;

/** Where a problem's `type` leads: `/problems/<code in kebab case>`. */
export const problemType = (code: ProblemCode): string => `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
