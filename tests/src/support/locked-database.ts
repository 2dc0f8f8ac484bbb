import pg from 'pg';

/** Lets nobody into a database any more, and throws out who is in; until the returned function is called. */
export async function lockDatabase(url: string): Promise<() => Promise<void>> {
  const database = new URL(url).pathname.slice(1);
  const allow = (yes: boolean) => `alter database ${pg.escapeIdentifier(database)} allow_connections ${yes}`;
  await onServer(url, async (client) => {
    await client.query(allow(false));
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [database]);
  });
  return () => onServer(url, async (client) => void (await client.query(allow(true))));
}

async function onServer(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
