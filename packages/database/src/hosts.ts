import pg from 'pg';
import { isConnectionError } from './errors.js';

/** Where a database is: a URL, or one for each host that it may be on. */
export type DatabaseUrl = string | readonly string[];

/** For connecting to a host, and again for its answer. */
const PATIENCE_MS = 3000;

/**
 * The URL of the host that takes writes: of a primary and its standbys, the primary. All are asked at once, so that one
 * that does not answer holds up nobody. Rejects with an AggregateError that says of each host why not; after 6 s at most.
 */
export async function writableUrl(url: DatabaseUrl): Promise<string> {
  const urls = [url].flat();
  const [only] = urls;
  if (urls.length === 1 && only !== undefined) return only;
  try {
    return await Promise.any(urls.map(probe));
  } catch (error) {
    const { errors } = error as AggregateError;
    const reasons = urls.map((each, index) => `${new URL(each).host}: ${reasonOf(errors[index])}`);
    throw new AggregateError(errors, `none of the database's hosts can be used: ${reasons.join('; ')}`);
  }
}

/** Rejects, as a lost connection does, if nothing can be written over this one. */
async function mustTakeWrites(client: pg.ClientBase): Promise<void> {
  const show = { text: 'SHOW transaction_read_only', query_timeout: PATIENCE_MS };
  const { rows } = await client.query<{ transaction_read_only: string }>(show);
  if (rows[0]?.transaction_read_only === 'off') return;
  // What Postgres itself says of a statement that comes to such a server (read_only_sql_transaction).
  throw Object.assign(new Error('it takes no writes: a standby, or made read-only'), { code: '25006' });
}

async function probe(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: PATIENCE_MS });
  client.on('error', () => {}); // what was asked rejects by itself
  try {
    await client.connect();
    await mustTakeWrites(client);
    return url;
  } finally {
    // Not awaited: a host that is gone does not say goodbye.
    client.end().catch(() => {});
  }
}

/** Node's error about several addresses of one host has a code and no message. */
function reasonOf(error: Error & { code?: string }): string {
  return error.message || error.code || error.name;
}

type Connected = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (error?: boolean | Error) => void,
) => void;

/**
 * A pool that connects to whichever of several hosts takes writes at the moment. It remembers the host, and asks again
 * once a connection fails, is lost, or turns out to lead to a server that is read-only by now.
 */
export class SeveralHostsPool extends pg.Pool {
  readonly #urls: readonly string[];
  #found: Promise<void> | undefined;

  constructor(urls: readonly string[], config: pg.PoolConfig) {
    super({ ...config, onConnect: mustTakeWrites });
    this.#urls = urls;
    this.on('connect', (client) => client.on('error', () => this.#forget()));
    this.on('release', (error) => {
      if (isConnectionError(error)) this.#forget();
    });
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<pg.PoolClient> | undefined {
    const connecting = this.#connect();
    if (!callback) return connecting;
    connecting.then(
      (client) => callback(undefined, client, client.release),
      (error: Error) => callback(error, undefined, () => {}),
    );
    return undefined;
  }

  async #connect(): Promise<pg.PoolClient> {
    this.#found ??= this.#find();
    try {
      await this.#found;
      return await super.connect();
    } catch (error) {
      this.#forget();
      throw error;
    }
  }

  async #find(): Promise<void> {
    this.options.connectionString = await writableUrl(this.#urls);
  }

  #forget(): void {
    this.#found = undefined;
  }
}
