import pg from 'pg';
import { messageOf } from '../machine/stack-error.js';
import { databaseNames, postgresLogin } from '../settings.js';

export interface PostgresAnswer {
  readonly ok: boolean;
  /** The server's version when it let us in, otherwise what it (or the network) said. */
  readonly detail: string;
}

export function postgresUrl(port: number, database = 'postgres'): string {
  return `postgres://${postgresLogin.user}:${postgresLogin.password}@127.0.0.1:${port}/${database}`;
}

/** The same server, another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = new URL(url);
  parsed.pathname = `/${database}`;
  return parsed.toString();
}

/** Whether a server answers there and takes our login. */
export async function probePostgres(url: string, timeoutMs = 3_000): Promise<PostgresAnswer> {
  try {
    const detail = await withClient(withDatabase(url, 'postgres'), timeoutMs, async (client) => {
      const { rows } = await client.query<{ server_version: string }>('show server_version');
      return rows[0]?.server_version.split(' ')[0] ?? 'unknown';
    });
    return { ok: true, detail };
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  }
}

/** Makes the services' databases where they are missing; says which it made. */
export async function ensureDatabases(url: string, names: readonly string[] = databaseNames): Promise<string[]> {
  return withClient(withDatabase(url, 'postgres'), 10_000, async (client) => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const missing = names.filter((name) => !rows.some((row) => row.datname === name));
    for (const name of missing) await client.query(`create database ${client.escapeIdentifier(name)}`);
    return missing;
  });
}

async function withClient<T>(url: string, timeoutMs: number, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'local-stack',
  });
  client.on('error', () => {}); // a connection lost while idle; a query under way rejects by itself
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {}); // it may never have been connected
  }
}
