import type pg from 'pg';

/**
 * The orders whose payment and whose provider ledger don't say the same, with what each says; of all orders, or of
 * those named. Holds once every command has been answered.
 */
export async function disagreements(pool: pg.Pool, orderIds?: readonly string[]): Promise<unknown[]> {
  return (await pool.query(DISAGREEMENTS, [orderIds ?? null])).rows;
}

const DISAGREEMENTS = `
  WITH entries AS (
    SELECT idempotency_key::uuid AS order_id,
           string_agg(kind, '+' ORDER BY id) AS kinds,
           min(transaction_id) AS transaction_id, count(DISTINCT transaction_id) AS transactions,
           min(amount) AS amount, max(amount) AS most, min(currency) AS currency
    FROM provider_ledger GROUP BY 1
  )
  SELECT order_id, p.status, e.kinds, p.amount, e.amount AS provider_amount, p.transaction_id,
         e.transaction_id AS provider_transaction_id
  FROM payments p FULL JOIN entries e USING (order_id)
  WHERE ($1::uuid[] IS NULL OR order_id = any($1)) AND coalesce(
    CASE p.status
      WHEN 'SUCCESS' THEN e.kinds <> 'CAPTURE'
      WHEN 'REFUNDED' THEN e.kinds <> 'CAPTURE+REFUND'
      WHEN 'FAILED' THEN e.kinds <> 'DECLINE'
      WHEN 'PENDING' THEN e.kinds IS NOT NULL
      WHEN 'CANCELLED' THEN e.kinds IN ('CAPTURE', 'CAPTURE+REFUND')
      ELSE true
    END
    OR (p.status IN ('SUCCESS', 'REFUNDED') AND p.transaction_id <> e.transaction_id)
    OR (p.status IN ('SUCCESS', 'REFUNDED') AND e.transactions <> 1)
    OR (e.kinds IS NOT NULL AND (e.amount <> p.amount OR e.most <> p.amount OR e.currency <> p.currency)),
    p.status IN ('SUCCESS', 'REFUNDED', 'FAILED')
  )`;
