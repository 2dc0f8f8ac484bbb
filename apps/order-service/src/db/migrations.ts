import { ensureDatabase, migrate, pendingMigrations } from '@saga-checkout/database';
import type pg from 'pg';

/** The committed migrations, seen from `src/db` and from `dist/db` alike. */
export const migrationsFolder = new URL('../../drizzle', import.meta.url);

/** Creates the database if it is missing, and brings it to the newest schema. */
export async function bringUpToDate(url: string): Promise<void> {
  await ensureDatabase(url);
  await migrate({ url, folder: migrationsFolder });
}

/** For readiness: rejects while the database lacks migrations that this version of the service relies on. */
export async function checkMigrations(pool: pg.Pool): Promise<void> {
  const pending = await pendingMigrations(pool, migrationsFolder);
  if (pending > 0) throw new Error(`${pending} migrations are pending: run pnpm --filter=order-service db:migrate`);
}
