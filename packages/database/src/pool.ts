import pg from 'pg';
import { type DatabaseUrl, SeveralHostsPool } from './hosts.js';

/** Where a pool connects, and as whom it shows up in `pg_stat_activity`. */
export interface PoolOptions {
  readonly url: DatabaseUrl;
  readonly applicationName: string;
  /** Most connections at once. */
  readonly max?: number;
  /**
   * After how long the server gives up on a statement, in ms; 0 means never. A connection over which no answer has come 2 s
   * later is given up as well. 10 s.
   */
  readonly statementTimeoutMs?: number;
  /** Hears of connections that are lost while nobody asks anything over them; else whoever asks hears of it. They are replaced. */
  readonly onError?: (error: Error) => void;
}

/** What the server's word that it gave up on a statement may take to come, in ms. */
const GIVEN_UP_BY_MS = 2_000;

/**
 * A pool that survives lost connections. Connecting takes at most 3 s, so that whoever waits for a database that is
 * down learns it soon; the database may also be down when the pool is created. Of several hosts, it uses the one that
 * takes writes, also after another one has taken over.
 *
 * Its sessions never prefer to read a whole table (`enable_seqscan=off`): a statement that was prepared while its table
 * was small would go on reading all of it until the next ANALYZE, up to a minute and a hundred thousand rows later.
 */
export function createPool(options: PoolOptions): pg.Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const urls = [options.url].flat().map(indexesFirst);
  const config = {
    application_name: options.applicationName,
    max: options.max ?? 10,
    connectionTimeoutMillis: 3000,
    statement_timeout: statementTimeoutMs,
    // Of a connection that a firewall or a hanging server has forgotten nobody hears any more, not even that it is lost.
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + GIVEN_UP_BY_MS,
    keepAlive: true,
  };
  const pool =
    urls.length === 1 ? new pg.Pool({ ...config, connectionString: urls[0] }) : new SeveralHostsPool(urls, config);
  // An 'error' that nobody listens to ends the process. A client that is checked out tells only its own listeners,
  // an idle one tells the pool as well: the client's listener hears both, so the pool's has nothing to add.
  pool.on('connect', (client) => {
    client.on('error', (error) => options.onError?.(error));
  });
  pool.on('error', () => {});
  return pool;
}

function indexesFirst(url: string): string {
  const changed = new URL(url);
  const given = changed.searchParams.get('options');
  changed.searchParams.set('options', [given, '-c enable_seqscan=off'].filter(Boolean).join(' '));
  return changed.href;
}
