import pg from 'pg';
import { alternativesOf, firstOf } from '../addresses.js';
import { CannotCheck, messageOf, withoutPassword } from '../problem.js';

/** The databases that are read. */
export const DATABASES = ['orders', 'inventory', 'payments', 'orchestrator'] as const;
export type Database = (typeof DATABASES)[number];

/** How many rows are read at a time. */
const PAGE = 1_000;

/** A statement may sort everything there is. */
const STATEMENT_TIMEOUT_MS = 600_000;

/**
 * One database, over one connection that cannot write. Between `begin` and `end` everything is read from one snapshot:
 * as the database was at the first statement after `begin`.
 */
export class Source {
  readonly database: Database;
  readonly #client: pg.Client;
  readonly #url: string;
  readonly #columns = new Map<string, ReadonlySet<string>>();
  #cursors = 0;

  private constructor(database: Database, url: string) {
    this.database = database;
    this.#url = url;
    this.#client = new pg.Client({
      connectionString: url,
      application_name: 'auditor',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    this.#client.on('error', () => {}); // the statement under way rejects, and that is told
  }

  /** Connects to the first host that serves; to the one that may be written to, if the URL says so. @throws CannotCheck */
  static open(database: Database, url: string): Promise<Source> {
    return firstOf(alternativesOf(url), (each) => Source.#connect(database, each));
  }

  static async #connect(database: Database, url: string): Promise<Source> {
    const source = new Source(database, url);
    try {
      await source.#client.connect();
      if (/[?&]target_session_attrs=(read-write|primary)\b/.test(url)) await source.#mustBePrimary();
      await source.#client.query(
        `set default_transaction_read_only = on; set default_transaction_isolation = 'repeatable read';
         set statement_timeout = ${STATEMENT_TIMEOUT_MS}; set work_mem = '32MB'; set enable_hashagg = off; set jit = off; set timezone = 'UTC'`,
      );
    } catch (error) {
      await source.close();
      throw source.#problem(error);
    }
    return source;
  }

  async begin(): Promise<void> {
    await this.rows('begin isolation level repeatable read read only');
    await this.rows('select 1'); // the snapshot is taken now, not when something is asked for
  }

  async end(): Promise<void> {
    await this.rows('commit');
  }

  /** All rows of an answer that is short. */
  async rows<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    try {
      return (await this.#client.query(text, values)).rows as Row[];
    } catch (error) {
      throw this.#problem(error);
    }
  }

  /** The rows of an answer of any length, a page at a time; the next one is on its way meanwhile. */
  async *pages<Row>(text: string, values: unknown[] = [], size = PAGE): AsyncGenerator<Row[]> {
    const cursor = `page_${++this.#cursors}`;
    await this.rows(`declare ${cursor} no scroll cursor for ${text}`, values);
    const fetch = () => this.rows<Row>(`fetch ${size} from ${cursor}`);
    for (let next = fetch(); ; ) {
      const page = await next;
      if (page.length < size) {
        await this.rows(`close ${cursor}`);
        if (page.length > 0) yield page;
        return;
      }
      next = fetch();
      next.catch(() => {}); // it is awaited when the page is done with
      yield page;
    }
  }

  async #mustBePrimary(): Promise<void> {
    const { rows } = await this.#client.query('select pg_is_in_recovery() as standby');
    if (rows[0].standby) throw new Error('it is a standby, and the primary was asked for');
  }

  /** The columns of a table, none if there is no such table: a database may be a migration behind. */
  async columns(table: string): Promise<ReadonlySet<string>> {
    const known = this.#columns.get(table);
    if (known) return known;
    const text = `select attname as name from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`;
    const columns = new Set((await this.rows<{ name: string }>(text, [table])).map(({ name }) => name));
    this.#columns.set(table, columns);
    return columns;
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => {}); // it may never have been open
  }

  #problem(error: unknown): CannotCheck {
    if (error instanceof CannotCheck) return error;
    const where = `the database ${this.database} (${withoutPassword(this.#url)})`;
    return new CannotCheck(`${where} cannot be read: ${messageOf(error)}`, cureOf(error, this.database), {
      cause: error,
    });
  }
}

function cureOf(error: unknown, database: Database): string {
  const variable = `${database.toUpperCase()}_DB_URL`;
  switch ((error as { code?: string }).code) {
    case '42P01':
    case '42703':
      return `see that ${variable} names the right database, and bring it to its newest schema (db:migrate)`;
    case '28P01':
    case '28000':
      return `correct user and password in ${variable}`;
    case '3D000':
      return `name an existing database in ${variable}`;
    case '42501':
      return `let the user in ${variable} read all tables (pg_read_all_data)`;
    case '57014':
      return 'audit when there is less traffic, or a restored copy; the statement took too long';
    default:
      return `start Postgres (pnpm stack up), or set ${variable} to where it is`;
  }
}
