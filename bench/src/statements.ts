import pg from 'pg';

/** What a database server has done so far. */
export interface Work {
  readonly statements: number;
  readonly commits: number;
}

/** Makes the server count statements; `pg_stat_statements` must be preloaded. */
export async function countStatements(url: string): Promise<void> {
  await ask(url, 'create extension if not exists pg_stat_statements');
}

/** Statements and commits of the given databases since the server started. */
export async function workDone(url: string, databases: readonly string[]): Promise<Work> {
  const text = `select
    (select coalesce(sum(s.calls), 0) from pg_stat_statements s join pg_database d on d.oid = s.dbid
      where d.datname = any ($1))::float8 as statements,
    (select coalesce(sum(xact_commit), 0) from pg_stat_database where datname = any ($1))::float8 as commits`;
  const [row] = await ask(url, text, [databases]);
  return row as unknown as Work;
}

async function ask(url: string, text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}
