import { describe, expect, it } from 'vitest';
import { type Answer, undocumented } from './answers.js';

const problem = (status: number, code: string, more: Partial<Answer> = {}): Answer => ({
  status,
  type: 'application/problem+json',
  retryAfter: status === 503 ? '2' : null,
  location: null,
  body: { status, code, success: false },
  ...more,
});

const placed: Answer = {
  status: 201,
  type: 'application/json; charset=utf-8',
  retryAfter: null,
  location: '/api/orders/1',
  body: { orderId: '1', sagaId: '2', status: 'CONFIRMED', total: '1.00', currency: 'USD' },
};

describe('an answer to a checkout', () => {
  it.each([
    ['an order', placed],
    ['a refusal', problem(409, 'INSUFFICIENT_STOCK')],
    ['a "not now"', problem(503, 'PARTICIPANT_UNAVAILABLE')],
  ])('is documented: %s', (_, answer) => {
    expect(undocumented('checkout', answer)).toBeUndefined();
  });

  it.each([
    ['a status that nobody promised', problem(500, 'INTERNAL')],
    ['a status that nobody promised', problem(404, 'ORDER_NOT_FOUND')],
    ['a code that nobody promised', problem(409, 'CANNOT_CANCEL')],
    ['without Retry-After', problem(503, 'ORCHESTRATOR_FULL', { retryAfter: null })],
    ['not problem+json', problem(402, 'PAYMENT_DECLINED', { type: 'application/json' })],
    ['a problem that does not say so', problem(402, '', { body: { code: 'PAYMENT_DECLINED', status: 200 } })],
    ['without sagaId', { ...placed, body: { ...placed.body, sagaId: undefined } }],
    ['without Location', { ...placed, location: null }],
    ['without orderId', { ...placed, body: undefined }],
  ])('is not: %s', (why, answer) => {
    expect(undocumented('checkout', answer)).toContain(why);
  });
});
