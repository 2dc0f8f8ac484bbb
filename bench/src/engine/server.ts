import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrate } from '@saga-checkout/database';
import { waitFor } from '@saga-checkout/local-stack';
import { migrationsFolder } from '@saga-checkout/saga/postgres';
import pg from 'pg';

const TEMPLATE = 'bench_template';

/** What a server has done for one database so far. */
export interface Work {
  readonly commits: number;
  /** Of the whole server. */
  readonly walBytes: number;
}

/** A Postgres server as the bench uses it: an empty, migrated database for each measurement. */
export class Server {
  readonly #url: string;
  readonly #admin: pg.Client;
  #databases = 0;

  private constructor(url: string, admin: pg.Client) {
    this.#url = url;
    this.#admin = admin;
  }

  /** The server with that URL, whatever database that names. */
  static async open(url: string): Promise<Server> {
    const server = new Server(url, await connect(databaseUrl(url, 'postgres')));
    await server.query(`drop database if exists ${TEMPLATE}`);
    await server.query(`create database ${TEMPLATE}`);
    await migrate({ url: databaseUrl(url, TEMPLATE), folder: migrationsFolder });
    return server;
  }

  async version(): Promise<string> {
    const [row] = await this.query('show server_version');
    return String(row?.server_version);
  }

  async query(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return (await this.#admin.query(text, values)).rows;
  }

  /** Runs the work with the URL of a new database, which is dropped afterwards. */
  async withDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
    const name = `bench_${process.pid}_${++this.#databases}`;
    await this.query(`create database ${name} template ${TEMPLATE}`);
    try {
      return await work(databaseUrl(this.#url, name));
    } finally {
      await this.query(`drop database ${name} with (force)`);
    }
  }

  async close(): Promise<void> {
    await this.query(`drop database ${TEMPLATE} with (force)`);
    await this.#admin.end();
  }
}

export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Runs the work on a connection to the server of that database, but not to the database itself. */
async function beside<T>(url: string, work: (client: pg.Client, database: string) => Promise<T>): Promise<T> {
  const client = await connect(databaseUrl(url, 'postgres'));
  try {
    return await work(client, new URL(url).pathname.slice(1));
  } finally {
    await client.end();
  }
}

/** What was done for the database, once nobody is connected to it: backends tell of their work when they end. */
export function workFor(url: string): Promise<Work> {
  return beside(url, async (client, database) => {
    const alone = async () => {
      const text = `select from pg_stat_activity where datname = $1 and backend_type = 'client backend'`;
      return (await client.query(text, [database])).rowCount === 0;
    };
    await waitFor(alone, { timeoutMs: 5_000, everyMs: 10 });
    const { rows } = await client.query(
      `select xact_commit::float8 as commits, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as "walBytes"
       from pg_stat_database where datname = $1`,
      [database],
    );
    return rows[0];
  });
}

/** The process id of the server; NaN if it runs where we cannot look. */
export function serverPid(url: string): Promise<number> {
  return beside(url, async (client) => {
    const { rows } = await client.query('show data_directory');
    try {
      return Number(readFileSync(join(rows[0].data_directory, 'postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return Number.NaN;
    }
  });
}

function databaseUrl(server: string, database: string): string {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
}
