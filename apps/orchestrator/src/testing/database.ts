import { migrate } from '@saga-checkout/database';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { migrationsFolder } from '@saga-checkout/saga/postgres';
import { migrations } from '../db/migrations.js';

/** A fresh database of the orchestrator's, with the journal and what is its own. */
export async function orchestratorDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ migrations: migrationsFolder });
  for (const each of migrations) await migrate({ url: database.url, ...each });
  return database;
}
