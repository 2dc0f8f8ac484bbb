import pg from 'pg';

/** How many connections are asked for at the same time. */
const AT_ONCE = 24;

/**
 * Takes every connection of a Postgres server for itself, those of the services as well: they are thrown out, and find
 * no way in again. Resolves when none is left; the returned function gives all of them back.
 */
export async function hogConnections(serverUrl: string, services: readonly string[]): Promise<() => Promise<void>> {
  const hogs: pg.Client[] = [];
  const take = async (): Promise<boolean> => {
    const hog = new pg.Client({ connectionString: serverUrl, application_name: 'hog' });
    hog.on('error', () => {}); // that the server is restarted is nobody's surprise
    try {
      await hog.connect();
      hogs.push(hog);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code === '53300') return false;
      throw error;
    }
  };
  const fill = async () => {
    while ((await Promise.all(Array.from({ length: AT_ONCE }, take))).every(Boolean));
  };
  await fill();
  const evict = 'select pg_terminate_backend(pid) from pg_stat_activity where application_name = any ($1)';
  while (((await hogs[0]?.query(evict, [services]))?.rowCount ?? 0) > 0) await fill();
  return async () => {
    await Promise.all(hogs.map((hog) => hog.end()));
  };
}

/** Keeps a table locked against writers until the returned function is called. */
export async function lockTable(databaseUrl: string, table: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`begin; lock table ${pg.escapeIdentifier(table)} in exclusive mode`);
  return () => client.end();
}
