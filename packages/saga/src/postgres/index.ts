/** The journal in Postgres. */

export type { PostgresPool, Statement } from './pool.js';
export { PostgresStore } from './postgres-store.js';

/** The folder of the journal's SQL migrations, for drizzle's migrator. */
export const migrationsFolder: URL = new URL('../../drizzle/', import.meta.url);
