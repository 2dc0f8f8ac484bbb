import { createTestDatabase } from '@saga-checkout/database/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { Scripted } from '../testing/conformance/support.js';
import { describeStore } from '../testing/store-conformance.js';
import { migrationsFolder, PostgresStore } from './index.js';

async function makeStore() {
  const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
  return { store: new PostgresStore(pool), close: drop };
}

describeStore('PostgresStore', makeStore, { afterAll, describe, it });

describe('what Postgres refuses', async () => {
  const { store, close } = await makeStore();
  afterAll(close);

  const nested = (depth: number): unknown => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);

  it.each([
    ['JSON that is nested too deeply', { input: nested(7_000) }],
    ['a NUL in a key', { businessKey: 'a\0b' }],
    ['an id that is no UUID', { sagaId: 'order-7' }],
    [
      'a key too long for an index',
      { businessKey: Array.from({ length: 9_000 }, () => Math.random().toString(36)).join() },
    ],
  ])('is blamed on the saga that brings it, not on the database: %s', async (_, saga) => {
    const [good, bad] = [new Scripted(), new Scripted(saga)];
    const error = await store.write([good.write(), bad.write()]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(store.isItemError(error)).toBe(true);
    expect(await store.write([good.write()])).toEqual(['written']);
  });

  it('is not blamed on a saga if the database cannot be reached', async () => {
    const away = await makeStore();
    await away.close();
    const error = await away.store.write([new Scripted().write()]).catch((thrown: unknown) => thrown);
    expect(away.store.isItemError(error)).toBe(false);
  });
});
