import type pg from 'pg';
import { isConnectionError } from './errors.js';

/** COMMIT of a transaction in which a statement had failed: Postgres answers ROLLBACK, without an error. */
export class TransactionRolledBackError extends Error {
  readonly code = 'TRANSACTION_ROLLED_BACK';
  constructor() {
    super('the transaction was rolled back at COMMIT, because an error inside it had been caught and passed over');
    this.name = 'TransactionRolledBackError';
  }
}

/**
 * Runs `work` in a transaction on a connection of its own. Commits if it resolves; rolls back and rethrows if it
 * rejects. A connection on which BEGIN, COMMIT or ROLLBACK failed, or that leads to a server that takes no writes, is
 * closed instead of going back to the pool.
 *
 * If the connection is lost during COMMIT, whether it took effect is unknown.
 */
export async function withTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new TransactionRolledBackError();
    return result;
  } catch (error) {
    // Over a connection that is lost, or silent, nothing can be rolled back: the server does that when it is closed.
    broken = isConnectionError(error) ? (error as Error) : await rollBack(client);
    throw error;
  } finally {
    client.release(broken);
  }
}

/** Resolves to the error if the connection can't be used any more. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
