import type pg from 'pg';

/**
 * Every column, constraint and index of the schema `public`, as the catalog spells them: two databases are built alike
 * if and only if these are equal.
 */
export async function schemaOf(pool: pg.Pool): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const parts = Object.entries(CATALOG).map(async ([name, query]) => [name, (await pool.query(query)).rows] as const);
  return Object.fromEntries(await Promise.all(parts));
}

const CATALOG = {
  columns: `
    SELECT table_name, column_name, ordinal_position, data_type, udt_name, is_nullable, column_default, is_identity,
           identity_generation, numeric_precision, numeric_scale, datetime_precision, character_maximum_length
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 3`,
  constraints: `
    SELECT conrelid::regclass::text AS "table", conname, contype, convalidated, pg_get_constraintdef(oid) AS definition
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
  indexes: `SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2`,
};
