import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createTestDatabase, schemaOf, type TestDatabase } from '@saga-checkout/database/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrations } from './migrations.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let migrated: TestDatabase;
let pushed: TestDatabase;

beforeAll(async () => {
  migrated = await createTestDatabase({ migrations });
  pushed = await createTestDatabase({ migrations });
  await pushed.pool.query('DROP SCHEMA public CASCADE; DROP SCHEMA drizzle CASCADE; CREATE SCHEMA public');
});
afterAll(async () => {
  await migrated.drop();
  await pushed.drop();
});

it('is the same by migrations and by db:push', { timeout: 60_000 }, async () => {
  const env = { ...process.env, DB_URL: pushed.url };
  const push = () => run('node_modules/.bin/drizzle-kit', ['push', '--force'], { cwd: root, env });
  await push();
  expect(await schemaOf(pushed.pool)).toEqual(await schemaOf(migrated.pool));
  // Again, it changes nothing.
  await push();
  expect(await schemaOf(pushed.pool)).toEqual(await schemaOf(migrated.pool));
});
