import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pendingMigrations } from '@saga-checkout/database';
import { createTestDatabase, schemaOf, type TestDatabase } from '@saga-checkout/database/testing';
import { migrationsFolder } from '@saga-checkout/saga/postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orchestratorDatabase } from '../testing/database.js';
import { migrations } from './migrations.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let migrated: TestDatabase;
let pushed: TestDatabase;

beforeAll(async () => {
  migrated = await orchestratorDatabase();
  pushed = await createTestDatabase({ migrations: migrationsFolder });
  await pushed.pool.query('DROP SCHEMA public CASCADE; DROP SCHEMA drizzle CASCADE; CREATE SCHEMA public');
});
afterAll(async () => {
  await migrated.drop();
  await pushed.drop();
});

it('the journal and the dead letters are the same by migrations and by db:push', { timeout: 60_000 }, async () => {
  const env = { ...process.env, DB_URL: pushed.url };
  await run('node_modules/.bin/drizzle-kit', ['push', '--force'], { cwd: root, env });
  expect(await schemaOf(pushed.pool)).toEqual(await schemaOf(migrated.pool));
});

it('its migrations and the engine’s are told apart: each is pending until it is applied', async () => {
  for (const { folder, table } of migrations) expect(await pendingMigrations(migrated.pool, folder, table)).toBe(0);
  await migrated.pool.query('drop table dead_letters; drop table drizzle.__orchestrator_migrations');
  const pending = migrations.map(({ folder, table }) => pendingMigrations(migrated.pool, folder, table));
  expect(await Promise.all(pending)).toEqual([0, 1]);
});
