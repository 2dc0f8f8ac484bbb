import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isConnectionError } from './errors.js';
import { ensureDatabase, migrate, pendingMigrations } from './migrations.js';
import { createPool } from './pool.js';
import { createTestDatabase, type TestDatabase } from './testing/index.js';
import { withTransaction } from './transaction.js';

const migrations = new URL('./test/migrations', import.meta.url);
const refusing = 'postgres://x:y@127.0.0.1:1/z';
/** Two databases play two hosts; the one whose sessions are read-only is the standby. */
let one: TestDatabase;
let two: TestDatabase;
let silent: string;
const sockets = new Set<Socket>();
const silentServer = createServer((socket) => sockets.add(socket));

beforeAll(async () => {
  one = await createTestDatabase({ migrations });
  two = await createTestDatabase({ migrations });
  silentServer.listen(0, '127.0.0.1');
  await once(silentServer, 'listening');
  silent = `postgres://x:y@127.0.0.1:${(silentServer.address() as AddressInfo).port}/z`;
});
beforeEach(() => promote(one));
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  silentServer.close();
  await Promise.all([one.drop(), two.drop()]);
});

const nameOf = ({ url }: TestDatabase) => new URL(url).pathname.slice(1);

/** From now on this one takes writes in new sessions, and the other one does not. */
async function promote(primary: TestDatabase): Promise<void> {
  for (const each of [one, two]) {
    const readOnly = each === primary ? 'off' : 'on';
    await each.pool.query(`ALTER DATABASE ${nameOf(each)} SET default_transaction_read_only = ${readOnly}`);
  }
}

function poolOf(...url: string[]) {
  const pool = createPool({ url, applicationName: 'several hosts', max: 3 });
  const where = async () => (await pool.query('SELECT current_database() AS name')).rows[0]?.name;
  return { pool, where, [Symbol.asyncDispose]: () => pool.end() };
}

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const WRITE = 'UPDATE accounts SET balance = balance + 1 WHERE id = 1';

describe('a pool for several hosts', () => {
  it('connects to the one that takes writes, past one that refuses, one that is silent and a standby', async () => {
    await promote(two);
    await using hosts = poolOf(refusing, silent, one.url, two.url);
    const names = await Promise.all(Array.from({ length: 9 }, hosts.where));
    expect(names).toEqual(Array(9).fill(nameOf(two)));
    expect(hosts.pool.totalCount).toBe(3);
  });

  it('finds the new primary once the connections to the old one are lost', async () => {
    await using hosts = poolOf(one.url, two.url);
    expect(await hosts.where()).toBe(nameOf(one));
    await promote(two);
    const terminate = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = $2`;
    await one.pool.query(terminate, [nameOf(one), 'several hosts']);
    await expect.poll(() => hosts.pool.totalCount).toBe(0);
    expect(await hosts.where()).toBe(nameOf(two));
    await hosts.pool.query(WRITE);
  });

  it.each([
    ['a statement', (pool: ReturnType<typeof createPool>) => pool.query(WRITE)],
    ['a transaction', (pool: ReturnType<typeof createPool>) => withTransaction(pool, (client) => client.query(WRITE))],
  ])('gives up a connection whose server has become read-only under %s', async (_, write) => {
    await using hosts = poolOf(one.url, two.url);
    await hosts.pool.query('SET default_transaction_read_only = on');
    await promote(two);
    expect(isConnectionError(await errorOf(write(hosts.pool)))).toBe(true);
    await write(hosts.pool);
    expect(await hosts.where()).toBe(nameOf(two));
  });

  it('keeps what it has found while statements fail for reasons of their own', async () => {
    await using hosts = poolOf(one.url, two.url);
    await hosts.where();
    await promote(two);
    expect(isConnectionError(await errorOf(hosts.pool.query('SELECT 1/0')))).toBe(false);
    // A new connection to the host that it remembers, which is a standby by now.
    expect(await errorOf(hosts.where())).toMatchObject({ code: '25006' });
    expect(await hosts.where()).toBe(nameOf(two));
  });

  it('says of each host what is wrong with it when none takes writes', async () => {
    await using hosts = poolOf(refusing, two.url);
    const error = await errorOf(hosts.where());
    expect(isConnectionError(error)).toBe(true);
    expect(String(error)).toMatch(/127\.0\.0\.1:1: .*ECONNREFUSED.*; .*: it takes no writes/);
    await promote(two);
    expect(await hosts.where()).toBe(nameOf(two));
  });

  it('says that the login is wrong when that is all there is to say', async () => {
    const stranger = new URL(one.url);
    stranger.password = 'wrong';
    await using hosts = poolOf(stranger.href, stranger.href);
    const error = await errorOf(hosts.where());
    expect(isConnectionError(error)).toBe(false);
    expect(String(error)).toContain('password authentication failed');
  });
});

describe('migrations on several hosts', () => {
  it('go to the one that takes writes', async () => {
    const name = `${nameOf(one)}_made`;
    const made = new URL(one.url);
    made.pathname = `/${name}`;
    const url = [refusing.replace(/z$/, name), made.href];
    expect(await ensureDatabase(url)).toBe('created');
    await migrate({ url, folder: migrations });
    {
      await using hosts = poolOf(...url);
      expect(await pendingMigrations(hosts.pool, migrations)).toBe(0);
    }
    await one.pool.query(`DROP DATABASE ${name}`);
  });
});
