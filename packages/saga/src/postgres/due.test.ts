import { createTestDatabase } from '@saga-checkout/database/testing';
import type pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { done, Scripted } from '../testing/conformance/support.js';
import { migrationsFolder, PostgresStore } from './index.js';

const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
afterAll(drop);

/** In one transaction, in which the store's clock stands still. */
async function inTransaction(work: (store: PostgresStore, client: pg.PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await work(new PostgresStore({ query: (statement) => client.query(statement) }), client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

async function dueInMs(client: pg.PoolClient, { sagaId }: Scripted): Promise<number> {
  const text = 'select extract(epoch from due_at - now())::float8 * 1000 as ms from saga_state where saga_id = $1';
  return (await client.query(text, [sagaId])).rows[0].ms;
}

it('a saga that somebody goes on with is due a little later than told', () =>
  inTransaction(async (store, client) => {
    const [soon, later] = [new Scripted(), new Scripted()];
    await store.write([soon.write({ dueInMs: 200 }), later.write({ dueInMs: 60_000 })]);
    expect(await dueInMs(client, soon)).toBe(220);
    expect(await dueInMs(client, later)).toBe(60_200);
  }));

it('a saga that nobody goes on with is due when told', () =>
  inTransaction(async (store, client) => {
    const saga = new Scripted();
    await store.write([saga.write({ dueInMs: 3_600_000, owner: null })]);
    expect(await dueInMs(client, saga)).toBe(3_600_000);
    await store.write([saga.reply('first', 'do', done()).write({ dueInMs: 3_599_900, owner: null })]);
    expect(await dueInMs(client, saga)).toBe(3_599_900);
  }));

it('the due time stays as long as it is late enough and not too late, and a step then changes no index', () =>
  inTransaction(async (store, client) => {
    const saga = new Scripted();
    await store.write([saga.write({ dueInMs: 5_000 })]);
    await store.write([saga.reply('first', 'do', done()).write({ dueInMs: 5_100 })]);
    expect(await dueInMs(client, saga)).toBe(5_200);
    const hot = `select pg_stat_get_xact_tuples_hot_updated('saga_state'::regclass)::int as count`;
    expect((await client.query(hot)).rows).toEqual([{ count: 1 }]);

    await store.write([saga.reply('second', 'do', done()).write({ dueInMs: 5_201 })]);
    expect(await dueInMs(client, saga)).toBe(5_401);
  }));

it('the due time moves to the front when it must', () =>
  inTransaction(async (store, client) => {
    const saga = new Scripted();
    await store.write([saga.write({ dueInMs: 5_000 })]);
    await store.write([saga.reply('first', 'do', done()).write({ dueInMs: 1_000 })]);
    expect(await dueInMs(client, saga)).toBe(1_100);
  }));
