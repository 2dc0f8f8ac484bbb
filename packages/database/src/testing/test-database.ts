import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { maintenanceUrl, migrate, withClient } from '../migrations.js';
import { createPool } from '../pool.js';

/** Any number that nothing else locks in the database `postgres`. */
const TEMPLATES_LOCK = 7_242_002;

/** A fresh, migrated database for one test file. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Ends the pool and drops the database, whoever is still connected. */
  drop(): Promise<void>;
}

/**
 * Creates a database with the migrations applied, in a few ms: the first caller migrates a template per state of the
 * folder, and each database is a copy of it. Where: `TEST_DB_URL`.
 */
export async function createTestDatabase(options: { migrations: string | URL }): Promise<TestDatabase> {
  const folder = options.migrations instanceof URL ? fileURLToPath(options.migrations) : options.migrations;
  const base = process.env.TEST_DB_URL ?? 'postgres://postgres:1111@127.0.0.1:5432/postgres';
  const { server } = maintenanceUrl(base);
  const name = `test_${Date.now()}_${randomUUID().slice(0, 8)}`;
  await withClient(server, async (client) => {
    // One at a time: a template can't be copied while somebody is connected to it, as its migration is.
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATES_LOCK]);
    await dropLeftovers(client);
    const template = await ensureTemplate(client, server, folder);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  const url = databaseUrl(server, name);
  const pool = createPool({ url, applicationName: name });
  return { url, pool, drop: () => drop(server, name, pool) };
}

/** Test runs that were killed leave their databases behind; what is an hour old and unused belongs to none that goes on. */
async function dropLeftovers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname ~ '^test_[0-9]{13}_[0-9a-f]{8}$' AND substr(datname, 6, 13)::bigint < $1
     AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE pg_stat_activity.datname = pg_database.datname)`,
    [Date.now() - 3_600_000],
  );
  for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(datname)}`);
}

/** The template of the folder's present state, created if there is none; those of earlier states are dropped. */
async function ensureTemplate(client: pg.Client, server: string, folder: string): Promise<string> {
  const family = `template_${hash([folder]).slice(0, 12)}_`;
  const name = family + (await contentHash(folder)).slice(0, 12);
  const found = await client.query<{ datname: string }>(
    'SELECT datname FROM pg_database WHERE starts_with(datname, $1)',
    [family],
  );
  const names = found.rows.map((row) => row.datname);
  if (names.includes(name)) return name;
  for (const old of names) await client.query(`DROP DATABASE ${pg.escapeIdentifier(old)} WITH (FORCE)`);
  // Under its final name only when it is complete, so that a migration that fails leaves no half template behind.
  const draft = `draft_${name}`;
  await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${draft}`);
  await migrate({ url: databaseUrl(server, draft), folder });
  await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
  return name;
}

async function drop(server: string, name: string, pool: pg.Pool): Promise<void> {
  await pool.end();
  await withClient(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
}

async function contentHash(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return hash(await Promise.all(files.sort().map((file) => readFile(file, 'utf8'))));
}

function hash(texts: readonly string[]): string {
  const sum = createHash('sha256');
  for (const text of texts) sum.update(text).update('\0');
  return sum.digest('hex');
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
