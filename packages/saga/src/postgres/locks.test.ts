import { createTestDatabase } from '@saga-checkout/database/testing';
import { afterAll, expect, it } from 'vitest';
import { claimOf, ended, freshDefinition, idsOf, Scripted, stored } from '../testing/conformance/support.js';
import { migrationsFolder, PostgresStore } from './index.js';

const { pool, drop } = await createTestDatabase({ migrations: migrationsFolder });
const store = new PostgresStore(pool);
afterAll(drop);

/** Does something while another transaction looks at these sagas, as a claim or a write of another process does. */
async function whileLocked<T>(ids: readonly string[], work: () => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select from saga_state where saga_id = any ($1::uuid[]) for update', [ids]);
    return await work();
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** Overdue sagas, the longest overdue first. */
async function overdue(count: number) {
  const definition = freshDefinition();
  const sagas = Array.from({ length: count }, () => new Scripted({ definition }));
  await store.write(sagas.map((saga, index) => saga.write({ dueInMs: index * 1_000 - 1_000_000 })));
  return { definition, ids: sagas.map(({ sagaId }) => sagaId) };
}

it('a claim neither waits for what another looks at, nor gets less because of it', async () => {
  const [one, other] = [await overdue(10), await overdue(10)];
  const definitions = [one.definition, other.definition];
  const claim = () => store.claim(claimOf(one.definition, { definitions, limit: 6 }));
  const taken = await whileLocked([...one.ids.slice(0, 4), ...other.ids.slice(0, 4)], claim);
  expect(idsOf(taken)).toEqual([...one.ids.slice(4, 7), ...other.ids.slice(4, 7)].sort());
});

it('a claim locks nothing that it does not take', async () => {
  const { definition, ids } = await overdue(20);
  const client = await pool.connect();
  try {
    await client.query('begin');
    const claiming = new PostgresStore({ query: (statement) => client.query(statement) });
    const taken = await claiming.claim(claimOf(definition, { limit: 5 }));
    expect(idsOf(taken)).toEqual(ids.slice(0, 5).sort());
    const free = 'select saga_id as id from saga_state where saga_id = any ($1::uuid[]) for update skip locked';
    const { rows } = await pool.query<{ id: string }>(free, [ids]);
    expect(rows.map(({ id }) => id).sort()).toEqual(ids.slice(5).sort());
  } finally {
    await client.query('rollback');
    client.release();
  }
});

it('a process that takes back its own does not wait for what another looks at', async () => {
  const { definition, ids } = await overdue(3);
  const claim = () => store.claim(claimOf(definition, { which: 'own', owner: 'owner-a' }));
  expect(idsOf(await whileLocked(ids.slice(0, 1), claim))).toEqual(ids.slice(1).sort());
});

it('pruning passes over what another looks at', async () => {
  const at = Date.UTC(1990, 0, 1);
  const sagas = [await ended(store, { at }), await ended(store, { at: at + 1 })] as const;
  const retention = { endedBefore: at + 1_000, keysEndedBefore: at + 1_000, limit: 10 };
  const prune = () => store.prune(retention);
  expect(await whileLocked([sagas[0].sagaId], prune)).toEqual({ pruned: 1, deleted: 1 });
  expect(await store.load(sagas.map(({ sagaId }) => sagaId))).toHaveLength(1);
  expect(await prune()).toEqual({ pruned: 1, deleted: 1 });
});

it('a round is written while others are listed, counted and looked for', async () => {
  const { definition, ids } = await overdue(3);
  const reads = async () => {
    await stored(store, { definition });
    return Promise.all([store.list({ types: [definition.type] }), store.counts(), store.inFlight(), store.load(ids)]);
  };
  const [{ sagas }] = await whileLocked(ids, reads);
  expect(sagas).toHaveLength(4);
});
