import pg from 'pg';

/** The payment provider's own books: they are not the shop's, and no backup of the shop brings them back. */
const LEDGER = 'provider_ledger';

/** Takes copies of databases that nobody is connected to, and puts them back. */
export class Copies {
  readonly #kept = new Set<string>();

  constructor(private readonly serverUrl: string) {}

  async keep(url: string): Promise<void> {
    const name = nameOf(url);
    await this.#asAdministrator([`create database "${name}_kept" template "${name}"`]);
    this.#kept.add(url);
  }

  /** What happened in the database since it was kept is gone, but for what the provider remembers. */
  async putBack(url: string): Promise<void> {
    if (!this.#kept.delete(url)) throw new Error(`there is no copy of ${nameOf(url)}; keep one first`);
    const name = nameOf(url);
    const remembered = await ledgerOf(url);
    await this.#asAdministrator([`drop database "${name}"`, `alter database "${name}_kept" rename to "${name}"`]);
    if (remembered !== undefined) await remember(url, remembered);
  }

  #asAdministrator(statements: readonly string[]): Promise<void> {
    return within(this.serverUrl, async (client) => {
      for (const statement of statements) await client.query(statement);
    });
  }
}

/** The rows of the ledger as JSON; undefined if the database has none. */
function ledgerOf(url: string): Promise<string | undefined> {
  return within(url, async (client) => {
    const { rows } = await client.query<{ isThere: boolean }>(`select to_regclass($1) is not null as "isThere"`, [
      LEDGER,
    ]);
    if (!rows[0]?.isThere) return undefined;
    const all = await client.query<{ ledger: string }>(
      `select coalesce(json_agg(l), '[]')::text as ledger from ${LEDGER} l`,
    );
    return all.rows[0]?.ledger;
  });
}

const remember = (url: string, ledger: string): Promise<void> =>
  within(url, async (client) => {
    await client.query(`delete from ${LEDGER}`);
    const entries = `select * from json_populate_recordset(null::${LEDGER}, $1::json)`;
    await client.query(`insert into ${LEDGER} overriding system value ${entries}`, [ledger]);
    await client.query(`select setval(pg_get_serial_sequence($1, 'id'), (select max(id) from ${LEDGER}))`, [LEDGER]);
  });

async function within<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1);
