import { strictEqual } from 'node:assert/strict';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { inPostgres, migrations, runTrip } from './out/trip.js';

it('a saga completes in Postgres, with the migrations that came along', async () => {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });
  try {
    await migrate(drizzle(pool), { migrationsFolder: fileURLToPath(migrations) });
    const { saga } = await runTrip(inPostgres(pool));
    strictEqual(saga.status, 'COMPLETED');
    const { rows } = await pool.query('select status from saga_state where saga_id = $1', [saga.sagaId]);
    strictEqual(rows[0].status, 'COMPLETED');
  } finally {
    await pool.end();
  }
});
