import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { disagreements } from './books.js';
import { replica } from './replica.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrations: new URL('../../drizzle', import.meta.url) });
});
afterAll(() => database.drop());

/** An order in each state that a payment can end in. */
async function order(method: string, refund: boolean): Promise<string> {
  const service = replica({ pool: database.pool });
  const orderId = randomUUID();
  const payment = { method, provider: 'simulated' as const };
  await service.process({ orderId, amount: '5.00', currency: 'USD', payment });
  if (refund) await service.refund({ orderId, reason: 'because' });
  return orderId;
}

const LEDGER = 'provider_ledger WHERE idempotency_key = $1';
const copy = (kind: string, amount: string) =>
  `INSERT INTO provider_ledger (idempotency_key, kind, amount, currency, transaction_id)
   SELECT idempotency_key, '${kind}', ${amount}, currency, transaction_id FROM ${LEDGER}`;

describe('disagreements', () => {
  it.each<[string, string, boolean, string]>([
    ['a success that the provider knows nothing of', 'tok_visa', false, `DELETE FROM ${LEDGER}`],
    ['a success that was given back', 'tok_visa', false, copy('REFUND', 'amount')],
    ['a success of another amount', 'tok_visa', false, `UPDATE provider_ledger SET amount = 4.99 ${LEDGER.slice(15)}`],
    [
      'a refund of less',
      'tok_visa',
      true,
      `UPDATE provider_ledger SET amount = 4.99 ${LEDGER.slice(15)} AND kind = 'REFUND'`,
    ],
    ['a refund that the provider knows nothing of', 'tok_visa', true, `DELETE FROM ${LEDGER} AND kind = 'REFUND'`],
    ['another transaction', 'tok_visa', false, `UPDATE provider_ledger SET transaction_id = 'x' ${LEDGER.slice(15)}`],
    ['a capture without a payment', 'tok_visa', false, 'DELETE FROM payments WHERE order_id = $1'],
    ['a decline that the provider knows nothing of', 'tok_declined', false, `DELETE FROM ${LEDGER}`],
    [
      'a capture of a cancelled payment',
      'tok_visa',
      false,
      `UPDATE payments SET status = 'CANCELLED', transaction_id = NULL, refund_reason = 'x' WHERE order_id = $1`,
    ],
  ])('finds %s', async (_name, method, refund, damage) => {
    const orderId = await order(method, refund);
    expect(await disagreements(database.pool, [orderId])).toEqual([]);
    await database.pool.query(damage, [orderId]);
    expect(await disagreements(database.pool, [orderId])).toMatchObject([{ order_id: orderId }]);
  });
});
