import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type DatabaseUrl, writableUrl } from './hosts.js';

/** Any number that nothing else locks; advisory locks belong to one database. */
const MIGRATIONS_LOCK = 7_242_001;

/** Which migrations to apply to which database. */
export interface MigrateOptions {
  readonly url: DatabaseUrl;
  /** The folder that drizzle-kit writes: SQL files, and `meta/_journal.json`. */
  readonly folder: string | URL;
  /** Where it is written which ones were applied: each folder of the same database needs a table of its own. */
  readonly table?: string;
}

const DEFAULT_TABLE = '__drizzle_migrations';

/**
 * Applies the migrations that the database doesn't have yet. Several processes may call it at once: drizzle's migrator
 * takes no lock, so this takes one, on a connection of its own.
 */
export async function migrate({ url, folder, table = DEFAULT_TABLE }: MigrateOptions): Promise<void> {
  // Loaded here, because loading drizzle takes longer than all the rest of a service that starts, and no other needs it.
  const { drizzle } = await import('drizzle-orm/node-postgres');
  const { migrate: runMigrations } = await import('drizzle-orm/node-postgres/migrator');
  await withClient(url, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATIONS_LOCK]);
    await runMigrations(drizzle(client), { migrationsFolder: pathOf(folder), migrationsTable: table });
  });
}

/** How many of the folder's migrations the database doesn't have yet. */
export async function pendingMigrations(
  pool: pg.Pool,
  folder: string | URL,
  table: string = DEFAULT_TABLE,
): Promise<number> {
  const journal = JSON.parse(await readFile(join(pathOf(folder), 'meta', '_journal.json'), 'utf8')) as {
    entries: { when: number }[];
  };
  const name = `drizzle.${pg.escapeIdentifier(table)}`;
  const { rows } = await pool.query<{ exists: boolean }>('SELECT to_regclass($1) IS NOT NULL AS exists', [name]);
  if (!rows[0]?.exists) return journal.entries.length;
  const applied = await pool.query<{ last: string | null }>(`SELECT max(created_at) AS last FROM ${name}`);
  // drizzle applies what is younger than the youngest one applied, and looks at nothing else.
  const last = Number(applied.rows[0]?.last ?? 0);
  return journal.entries.filter((entry) => entry.when > last).length;
}

/** Creates the database that the URL names, if it doesn't exist; several processes may try at once. */
export async function ensureDatabase(url: DatabaseUrl): Promise<'created' | 'existed'> {
  const parts = [url].flat().map(maintenanceUrl);
  const servers = parts.map(({ server }) => server);
  const name = parts[0]?.name ?? '';
  return withClient(servers, async (client) => {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (found.rowCount) return 'existed';
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return 'created';
    } catch (error) {
      // 42P04 duplicate_database, or 23505 on the catalog: another process was faster.
      if (error instanceof pg.DatabaseError && (error.code === '42P04' || error.code === '23505')) return 'existed';
      throw error;
    }
  });
}

/** Splits the URL of a database into that of the server's own database `postgres`, and the name. */
export function maintenanceUrl(url: string): { server: string; name: string } {
  const server = new URL(url);
  const name = decodeURIComponent(server.pathname.slice(1));
  if (!name) throw new Error('the database URL names no database: expected postgres://user:password@host:port/name');
  server.pathname = '/postgres';
  return { server: server.href, name };
}

/** Runs `work` on a connection of its own, and closes it, which also gives back its locks. */
export async function withClient<T>(url: DatabaseUrl, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: await writableUrl(url), connectionTimeoutMillis: 3000 });
  // A connection lost in the middle of a query rejects that query; without a listener it would also end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function pathOf(folder: string | URL): string {
  return folder instanceof URL ? fileURLToPath(folder) : folder;
}
