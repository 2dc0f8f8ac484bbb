import { pathToFileURL } from 'node:url';
import { createPool } from '@saga-checkout/database';
import { bringUpToDate } from '@saga-checkout/participant';
import { runMain } from '@saga-checkout/service';
import type pg from 'pg';
import { readEnv } from '../env.js';
import { catalog } from './catalog.js';
import { migrations } from './migrations.js';

/** Puts the catalog's products in stock. Those that are there already stay as they are, stock included. */
export async function seed(pool: pg.Pool): Promise<{ added: number }> {
  const { rowCount } = await pool.query(SEED, [
    catalog.map(({ id }) => id),
    catalog.map(({ name }) => name),
    catalog.map(({ description }) => description),
    catalog.map(({ price }) => price),
    catalog.map(({ quantity }) => quantity),
  ]);
  return { added: rowCount ?? 0 };
}

const SEED = `
  INSERT INTO products (id, name, description, price, currency, stock_quantity, initial_quantity)
  SELECT id, name, description, price, 'USD', quantity, quantity
  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::numeric[], $5::int[]) AS seed (id, name, description, price, quantity)
  ON CONFLICT (id) DO NOTHING`;

async function main(): Promise<void> {
  const { DB_URL } = readEnv();
  await bringUpToDate(DB_URL, migrations);
  const pool = createPool({ url: DB_URL, applicationName: 'inventory seed' });
  const { added } = await seed(pool).finally(() => pool.end());
  console.log(`inventory: ${added} of ${catalog.length} products added, the others were there`);
  console.table(
    Object.fromEntries(
      catalog.map(({ id, name, price, quantity }) => [id, { name, price, 'initial stock': quantity }]),
    ),
  );
}

// Only when run as a script, not when a test imports it.
if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) runMain(main);
