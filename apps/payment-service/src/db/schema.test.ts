import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { pendingMigrations } from '@saga-checkout/database';
import { createTestDatabase, schemaOf, type TestDatabase } from '@saga-checkout/database/testing';
import { bringUpToDate } from '@saga-checkout/participant';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrations } from './migrations.js';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

let migrated: TestDatabase;
let empty: TestDatabase;

beforeAll(async () => {
  migrated = await createTestDatabase({ migrations });
  empty = await createTestDatabase({ migrations });
  await empty.pool.query('DROP SCHEMA public CASCADE; DROP SCHEMA drizzle CASCADE; CREATE SCHEMA public');
});
afterAll(async () => {
  await migrated.drop();
  await empty.drop();
});

describe('the schema', () => {
  it('is the same by migrations and by db:push', { timeout: 60_000 }, async () => {
    const env = { ...process.env, DB_URL: empty.url };
    const push = () => run('node_modules/.bin/drizzle-kit', ['push', '--force'], { cwd: root, env });
    await push();
    const byMigrations = await schemaOf(migrated.pool);
    expect(Object.values(byMigrations).every((part) => part.length > 0)).toBe(true);
    expect(await schemaOf(empty.pool)).toEqual(byMigrations);
    // Again, it changes nothing.
    await push();
    expect(await schemaOf(empty.pool)).toEqual(byMigrations);
  });

  it('is brought up to date as often as somebody likes', async () => {
    await bringUpToDate(migrated.url, migrations);
    expect(await pendingMigrations(migrated.pool, migrations)).toBe(0);
  });
});

/** A row that every constraint accepts, with one thing changed. */
async function insert(table: string, row: Record<string, unknown>): Promise<string> {
  const names = Object.keys(row);
  const text = `INSERT INTO ${table} (${names}) VALUES (${names.map((_, index) => `$${index + 1}`)})`;
  try {
    await migrated.pool.query(text, Object.values(row));
    return 'accepted';
  } catch (error) {
    return (error as { constraint?: string }).constraint ?? (error as Error).message;
  }
}

describe('a payment that cannot be', () => {
  const charge = { amount: '5.00', currency: 'USD', method: 'card', provider: 'simulated' };
  const row = (change: object) => {
    const id = crypto.randomUUID();
    return { id, order_id: id, status: 'PENDING', ...charge, ...change };
  };
  const declined = { decline_code: 'X', decline_message: 'x' };

  it.each<[string, object]>([
    ['accepted', {}],
    ['accepted', { status: 'SUCCESS', transaction_id: 't' }],
    ['accepted', { status: 'FAILED', ...declined }],
    ['accepted', { status: 'REQUIRES_ACTION' }],
    ['accepted', { status: 'REFUNDED', transaction_id: 't', refund_reason: 'r' }],
    ['accepted', { status: 'CANCELLED', refund_reason: 'r' }],
    [
      'accepted',
      { status: 'CANCELLED', refund_reason: 'r', amount: null, currency: null, method: null, provider: null },
    ],
    ['payments_status_known', { status: 'PAID' }],
    ['payments_amount_is_money', { amount: '-0.01' }],
    ['payments_amount_is_money', { amount: 'NaN' }],
    ['payments_currency_is_a_code', { currency: 'usd' }],
    ['payments_version_counts', { version: 0 }],
    ['payments_charge_is_whole', { amount: null }],
    ['payments_charge_is_whole', { amount: null, currency: null, method: null, provider: null }],
    ['payments_transaction_if_captured', { status: 'SUCCESS' }],
    ['payments_transaction_if_captured', { transaction_id: 't' }],
    ['payments_declined_with_a_code', { status: 'FAILED', decline_code: 'X' }],
    ['payments_declined_with_a_code', declined],
    ['payments_undone_for_a_reason', { status: 'CANCELLED' }],
    ['payments_undone_for_a_reason', { refund_reason: 'r' }],
  ])('%s: %o', async (verdict, change) => {
    expect(await insert('payments', row(change))).toBe(verdict);
  });

  it('is a second one of an order', async () => {
    const first = row({});
    await insert('payments', first);
    expect(await insert('payments', row({ order_id: first.order_id }))).toBe('payments_one_per_order');
  });
});

describe('a ledger entry that cannot be', () => {
  const entry = (change: object) => ({
    idempotency_key: crypto.randomUUID(),
    kind: 'CAPTURE',
    amount: '5.00',
    currency: 'USD',
    transaction_id: 't',
    ...change,
  });

  it.each<[string, object]>([
    ['accepted', {}],
    ['accepted', { kind: 'DECLINE', transaction_id: null, decline_code: 'X' }],
    ['accepted', { kind: 'CLOSED', transaction_id: null }],
    ['accepted', { kind: 'REFUND' }],
    ['provider_ledger_kind_known', { kind: 'THEFT', transaction_id: null }],
    ['provider_ledger_amount_is_money', { amount: 'NaN' }],
    ['provider_ledger_amount_is_money', { amount: '-5.00' }],
    ['provider_ledger_currency_is_a_code', { currency: 'dollars' }],
    ['provider_ledger_transaction_if_moved', { transaction_id: null }],
    ['provider_ledger_declined_with_a_code', { decline_code: 'X' }],
  ])('%s: %o', async (verdict, change) => {
    expect(await insert('provider_ledger', entry(change))).toBe(verdict);
  });

  it('is a second decision or a second refund under a key', async () => {
    const capture = entry({});
    const refund = { ...capture, kind: 'REFUND' };
    const decline = { ...capture, kind: 'DECLINE', transaction_id: null, decline_code: 'X' };
    expect(await insert('provider_ledger', capture)).toBe('accepted');
    expect(await insert('provider_ledger', capture)).toBe('provider_ledger_one_decision');
    expect(await insert('provider_ledger', decline)).toBe('provider_ledger_one_decision');
    expect(await insert('provider_ledger', refund)).toBe('accepted');
    expect(await insert('provider_ledger', refund)).toBe('provider_ledger_one_refund');
  });
});
