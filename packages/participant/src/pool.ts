import { createPool } from '@saga-checkout/database';
import type { createLogger } from '@saga-checkout/service';
import type pg from 'pg';

/** The participant's connections to its database. */
export function poolOf(url: string, service: string, log: ReturnType<typeof createLogger>): pg.Pool {
  const onError = (error: Error) => log.warn({ err: error }, 'a database connection was lost; it will be replaced');
  return createPool({ url: indexesFirst(url), applicationName: service, onError });
}

/**
 * A statement that was prepared while its table was small would go on reading the whole table, and would do so until the
 * next ANALYZE, up to a minute and a hundred thousand rows later. All that participants ask for is found by an index.
 */
function indexesFirst(url: string): string {
  const changed = new URL(url);
  changed.searchParams.set('options', '-c enable_seqscan=off');
  return changed.href;
}
