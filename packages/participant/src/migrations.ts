import { type DatabaseUrl, ensureDatabase, isConnectionError, migrate } from '@saga-checkout/database';
import { StartupError } from '@saga-checkout/service';

/** Creates the database if it is missing, and brings it to the newest schema. */
export async function bringUpToDate(url: DatabaseUrl, migrations: URL): Promise<void> {
  try {
    await ensureDatabase(url);
    await migrate({ url, folder: migrations });
  } catch (error) {
    throw explained(
      error,
      [url].flat().map((each) => new URL(each)),
    );
  }
}

/** What a person can do something about, in words; anything else as it is. */
function explained(error: unknown, urls: readonly URL[]): unknown {
  const host = urls.map((url) => url.host).join(', ');
  const [{ username, pathname } = { username: '', pathname: '' }] = urls;
  if (isConnectionError(error))
    return new StartupError(
      `the database server at ${host} cannot be reached`,
      'start it (pnpm stack up), or correct DB_URL',
    );
  const code = sqlStateOf(error);
  if (code?.startsWith('28'))
    return new StartupError(`the database server at ${host} does not let ${username} in`, 'correct DB_URL');
  if (code === '42P07')
    return new StartupError(
      `the database ${pathname.slice(1)} has tables that no migration has made, perhaps from db:push`,
      'drop the database and run db:migrate again, or go on with db:push',
    );
  return error;
}

/** drizzle wraps the driver's error. */
function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return (error as Error & { code?: string }).code ?? sqlStateOf(error.cause);
}
