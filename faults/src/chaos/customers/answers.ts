/** An answer of the gateway, whatever it is. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  /** Seconds; absent if it does not say. */
  readonly retryAfter: string | null;
  readonly location: string | null;
  /** An object, if that is what it is. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** What is asked of the gateway. */
export type Question = 'checkout' | 'order' | 'cancel' | 'read order' | 'read saga' | 'list orders' | 'list products';

const NOT_NOW = [
  'CHECKOUT_FAILED',
  'CHECKOUT_UNAVAILABLE',
  'CHECKOUT_OUTCOME_UNKNOWN',
  'ORCHESTRATOR_FULL',
  'PARTICIPANT_UNAVAILABLE',
];
const CANNOT_READ = { 503: ['ORDERS_UNAVAILABLE'] };

/** The problems that each question may be answered with, by status; what is no problem is below. */
const PROBLEMS: Readonly<Record<Question, Readonly<Record<number, readonly string[]>>>> = {
  checkout: {
    402: ['PAYMENT_DECLINED'],
    409: ['INSUFFICIENT_STOCK', 'PRICE_CHANGED', 'ORDER_CANCELLED'],
    422: ['UNKNOWN_PRODUCT'],
    503: NOT_NOW,
  },
  order: { 503: NOT_NOW },
  cancel: { 409: ['CANNOT_CANCEL'], ...CANNOT_READ },
  // An order that was only just begun may not be there yet.
  'read order': { 404: ['ORDER_NOT_FOUND'], ...CANNOT_READ },
  'read saga': CANNOT_READ,
  'list orders': CANNOT_READ,
  'list products': { 503: ['CATALOG_UNAVAILABLE'] },
};

/** The members that an answer has which is no problem. */
const GOOD: Readonly<Record<Question, Readonly<Record<number, readonly string[]>>>> = {
  checkout: {
    201: ['orderId', 'sagaId', 'status', 'total', 'currency'],
    202: ['orderId', 'sagaId', 'status'],
  },
  order: { 202: ['orderId', 'sagaId', 'status'] },
  cancel: { 202: ['orderId'] },
  'read order': { 200: ['id', 'status', 'items', 'total'] },
  'read saga': { 200: ['id', 'orderId', 'status', 'history'] },
  'list orders': { 200: ['items'] },
  'list products': { 200: ['items'] },
};

/** What is wrong with an answer that the interface does not promise; undefined if it does. */
export function undocumented(question: Question, answer: Answer): string | undefined {
  const why = whyNot(question, answer);
  return why && `${question}: ${why}: ${answer.status} ${answer.type} ${JSON.stringify(answer.body)}`;
}

function whyNot(question: Question, answer: Answer): string | undefined {
  const { status, body } = answer;
  const members = GOOD[question][status];
  if (members !== undefined) {
    const missing = members.filter((name) => body?.[name] === undefined);
    if (missing.length > 0) return `without ${missing.join(', ')}`;
    return (status === 201 || status === 202) && !answer.location ? 'without Location' : undefined;
  }
  const codes = PROBLEMS[question][status];
  if (codes === undefined) return 'a status that nobody promised';
  if (!answer.type.startsWith('application/problem+json')) return 'not problem+json';
  if (!codes.includes(String(body?.code))) return 'a code that nobody promised';
  if (body?.status !== status || body.success !== false) return 'a problem that does not say so';
  return status === 503 && !/^[1-9]\d*$/.test(answer.retryAfter ?? '') ? 'without Retry-After' : undefined;
}
