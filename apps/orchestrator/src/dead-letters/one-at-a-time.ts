import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from '@saga-checkout/database';
import { LetterError } from './letter.js';
import { LetterTable } from './letter-table.js';

/** Any number that no other advisory lock of two numbers has in this database. */
const REDRIVES = 7_242_003;
/** How long another process may take with the same letter; longer than it waits for the broker. In ms. */
const PATIENCE_MS = 7_000;
const LOOK_MS = 50;

/**
 * Does `work` while no other process does any with the same letter. The lock belongs to a connection, not to a transaction,
 * as the work waits for the broker; it is given back when the connection goes, and so when the process dies.
 *
 * @throws LetterError REDRIVE_UNDER_WAY if another one is at it for longer than 7 s.
 */
export async function oneAtATime<T>(pool: Pool, id: string, work: (letters: LetterTable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await lock(client, id);
    try {
      return await work(new LetterTable(client));
    } finally {
      await client.query('select pg_advisory_unlock($1, hashtext($2))', [REDRIVES, id]);
      broken = false;
    }
  } finally {
    // A connection that may still hold the lock is closed, which gives it back.
    client.release(broken);
  }
}

async function lock(client: PoolClient, id: string): Promise<void> {
  const text = 'select pg_try_advisory_lock($1, hashtext($2)) as locked';
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(LOOK_MS)) {
    const { rows } = await client.query<{ locked: boolean }>(text, [REDRIVES, id]);
    if (rows[0]?.locked) return;
  }
  throw new LetterError(
    'REDRIVE_UNDER_WAY',
    `letter ${id} is being sent again by another process; ask again in a second`,
  );
}
