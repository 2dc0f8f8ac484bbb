import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@saga-checkout/database/testing';
import { defineSaga, MemoryStore, SagaRuntime, type SagaStore } from '@saga-checkout/saga';
import { migrationsFolder, PostgresStore } from '@saga-checkout/saga/postgres';
import { describeStore } from '@saga-checkout/saga/testing';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

async function migrateJournal(url: string): Promise<void> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  await migrate(drizzle(pool), {
    migrationsFolder: fileURLToPath(migrationsFolder),
    migrationsTable: 'saga_migrations',
  });
  await pool.end();
}

const note = defineSaga('note', { version: 1, input: z.object({ text: z.string() }) })
  .local('note', ({ input }) => ({ noted: input.text }))
  .build();

it('a database is set up and used as the guide says', async () => {
  const { url, pool: own, drop } = await createTestDatabase({ migrations: migrationsFolder });
  await own.query('DROP SCHEMA public CASCADE; DROP SCHEMA drizzle CASCADE; CREATE SCHEMA public');

  await migrateJournal(url);
  await migrateJournal(url);

  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', (error) => console.warn(`an idle connection was lost: ${error.message}`));
  const store = new PostgresStore(pool);

  const runtime = new SagaRuntime({ definitions: [note], store, sender: { send() {}, onReply() {} }, owner: 'guide' });
  await runtime.start();
  const sagaId = crypto.randomUUID();
  await runtime.run(note, { sagaId, businessKey: 'n-1', input: { text: 'hello' } });
  expect(await runtime.ended(sagaId, 5_000)).toMatchObject({ status: 'COMPLETED' });
  const { rows } = await pool.query("select event from saga_logs where step = 'note' order by seq");
  expect(rows.map(({ event }) => event)).toEqual(['STEP_STARTED', 'STEP_COMPLETED']);
  await runtime.stop(0);
  pool.removeAllListeners('error').on('error', () => {});
  await pool.end();
  await drop();
});

const openMyStore = async (): Promise<SagaStore> => new MemoryStore();

describeStore('MyStore', async () => ({ store: await openMyStore() }), { afterAll, describe, it });
