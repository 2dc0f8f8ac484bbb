import type pg from 'pg';
import { connect } from './server.js';

/** Sagas per statement. */
const CHUNK = 25_000;
/** Connections that copy. */
const COPIERS = 2;

export interface CopyOptions {
  readonly count: number;
  /** SQL expressions for columns of `saga_state` that differ from the saga that is copied. */
  readonly changes?: Readonly<Record<string, string>>;
}

/**
 * Copies the sagas that are in the database, journals and all, until there are `count` more: rows of the shape that the
 * engine writes, many times faster than it would. A copy's id is a UUIDv7 of a time before now, one per ms.
 */
export async function copySagas(databaseUrl: string, { count, changes = {} }: CopyOptions): Promise<void> {
  const client = await connect(databaseUrl);
  try {
    await client.query(`create table source as
      select saga_id as source_id, row_number() over () - 1 as nr, count(*) over () as sources from saga_state`);
    const statements = [await copyStates(client, changes), await copyLogs(client)];
    const first = Date.now() - count;
    const ranges = Array.from({ length: Math.ceil(count / CHUNK) }, (_, chunk) => [
      chunk * CHUNK,
      Math.min(count, (chunk + 1) * CHUNK) - 1,
      first,
    ]);
    await withoutIndexes(client, async () => {
      await Promise.all(Array.from({ length: COPIERS }, () => copyRanges(databaseUrl, statements, ranges)));
    });
    await client.query('drop table source');
    // What autovacuum would do at some moment of the measurement.
    await client.query('vacuum (analyze) saga_state, saga_logs');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

/** Copies range after range on a connection of its own, until none is left. */
async function copyRanges(databaseUrl: string, statements: readonly string[], ranges: number[][]): Promise<void> {
  const client = await connect(databaseUrl);
  try {
    await client.query('set synchronous_commit = off');
    for (let range = ranges.shift(); range !== undefined; range = ranges.shift()) {
      for (const statement of statements) await client.query(statement, range);
    }
  } finally {
    await client.end();
  }
}

/** Indexes that no constraint stands on are made anew afterwards, which is quicker. */
async function withoutIndexes(client: pg.Client, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ drop: string; create: string }>(
    `select 'drop index ' || indexrelid::regclass as drop, pg_get_indexdef(indexrelid) as create from pg_index
     where indrelid = any ('{saga_state,saga_logs}'::regclass[])
       and not exists (select from pg_constraint where conindid = indexrelid)`,
  );
  for (const { drop } of rows) await client.query(drop);
  await work();
  await client.query(`set maintenance_work_mem = '256MB'`);
  for (const { create } of rows) await client.query(create);
}

const COPIES = `(select n, source_id,
  (lpad(to_hex($3::bigint + n), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid as copy_id,
  to_timestamp(($3::bigint + n) / 1000.0) as copied_at
  from generate_series($1::bigint, $2::bigint) n cross join lateral md5(n::text) hash
  join source on nr = n % sources) c`;

async function copyStates(client: pg.Client, changes: Readonly<Record<string, string>>): Promise<string> {
  const own = {
    saga_id: 'copy_id',
    business_key: 'copy_id::text',
    idempotency_scope: 'null',
    idempotency_key: 'null',
    created_at: 'copied_at',
    updated_at: 'copied_at',
    completed_at: 'copied_at + (completed_at - created_at)',
    ...changes,
  };
  return `insert into saga_state ${await columnsFrom(client, 'saga_state', own)}
    from ${COPIES} join saga_state on saga_id = source_id order by n`;
}

async function copyLogs(client: pg.Client): Promise<string> {
  const own = { saga_id: 'copy_id', created_at: 'copied_at' };
  return `insert into saga_logs ${await columnsFrom(client, 'saga_logs', own)}
    from ${COPIES} join saga_logs on saga_id = source_id order by n, seq`;
}

/** The columns of the table, and the select list for them: their own values, but for those that are given. */
async function columnsFrom(client: pg.Client, table: string, given: Readonly<Record<string, string>>): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_identity = 'NO' order by ordinal_position`,
    [table],
  );
  const names = rows.map(({ name }) => name);
  return `(${names.join(', ')}) select ${names.map((name) => given[name] ?? name).join(', ')}`;
}
