import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase } from '@saga-checkout/database/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrationsFolder } from './migrations.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let migrated: TestDatabase;
let pushed: TestDatabase;

beforeAll(async () => {
  migrated = await createTestDatabase({ migrations: migrationsFolder });
  pushed = await createTestDatabase({ migrations: migrationsFolder });
  await pushed.pool.query('DROP SCHEMA public CASCADE; DROP SCHEMA drizzle CASCADE; CREATE SCHEMA public');
});
afterAll(async () => {
  await migrated.drop();
  await pushed.drop();
});

/** Every column, constraint and index, as the catalog spells them. */
const CATALOG = {
  columns: `
    SELECT table_name, column_name, ordinal_position, data_type, udt_name, is_nullable, column_default,
           numeric_precision, numeric_scale, datetime_precision, character_maximum_length
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3`,
  constraints: `
    SELECT conrelid::regclass::text AS "table", conname, contype, convalidated, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
  indexes: `SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`,
};

it('is the same by migrations and by db:push', { timeout: 60_000 }, async () => {
  const env = { ...process.env, DB_URL: pushed.url };
  const push = () => run('node_modules/.bin/drizzle-kit', ['push', '--force'], { cwd: root, env });
  expect((await push()).stdout).toContain('Changes applied');
  for (const query of Object.values(CATALOG)) {
    const [byMigrations, byPush] = await Promise.all([migrated.pool.query(query), pushed.pool.query(query)]);
    expect(byMigrations.rows.length).toBeGreaterThan(0);
    expect(byPush.rows).toEqual(byMigrations.rows);
  }
  expect((await push()).stdout).toContain('No changes detected');
});
