import { ensureDatabase, migrate } from '@saga-checkout/database';
import { runMain } from '@saga-checkout/service';
import { readEnv } from '../env.js';
import { migrations } from './migrations.js';

/** Brings the orchestrator's database to the newest schema, the engine's and its own; creates the database if it is missing. */
runMain(async () => {
  const { DB_URL } = readEnv();
  await ensureDatabase(DB_URL);
  for (const each of migrations) await migrate({ url: DB_URL, ...each });
});
