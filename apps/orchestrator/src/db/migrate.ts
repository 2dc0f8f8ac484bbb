import { ensureDatabase, migrate } from '@saga-checkout/database';
import { migrationsFolder } from '@saga-checkout/saga/postgres';
import { runMain } from '@saga-checkout/service';
import { readEnv } from '../env.js';

/** Brings the orchestrator's database to the engine's newest schema; creates the database if it is missing. */
runMain(async () => {
  const { DB_URL } = readEnv();
  await ensureDatabase(DB_URL);
  await migrate({ url: DB_URL, folder: migrationsFolder });
});
