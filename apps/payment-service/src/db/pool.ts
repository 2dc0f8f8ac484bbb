import { createPool } from '@saga-checkout/database';
import type pg from 'pg';

/** The service's connections to its database. */
export function openPool(url: string, onError?: (error: Error) => void): pg.Pool {
  return createPool({ url: indexesFirst(url), applicationName: 'payment-service', onError });
}

/**
 * A statement that was prepared while its table was small goes on reading the whole table until the next ANALYZE, which
 * may be a minute and a hundred thousand rows later. All that the commands ask for is found by an index.
 */
function indexesFirst(url: string): string {
  const changed = new URL(url);
  const options = changed.searchParams.get('options') ?? '';
  changed.searchParams.set('options', `${options} -c enable_seqscan=off`.trim());
  return changed.href;
}
