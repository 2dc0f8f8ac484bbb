import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseUnavailableError, isConflict, isConnectionError, isDataError } from './errors.js';
import { ensureDatabase, maintenanceUrl, migrate, pendingMigrations, withClient } from './migrations.js';
import { createPool } from './pool.js';
import { createTestDatabase, type TestDatabase } from './testing/index.js';
import { TransactionRolledBackError, withTransaction } from './transaction.js';

const migrations = new URL('./test/migrations', import.meta.url);
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ migrations });
});
afterAll(() => database.drop());

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );
const balanceOf = async (id: number) => {
  const { rows } = await database.pool.query('SELECT balance FROM accounts WHERE id = $1', [id]);
  return rows[0]?.balance;
};

describe('withTransaction', () => {
  it('commits what resolves and rolls back what rejects', async () => {
    await withTransaction(database.pool, (client) => client.query('UPDATE accounts SET balance = 5 WHERE id = 2'));
    expect(await balanceOf(2)).toBe(5);
    const failing = withTransaction(database.pool, async (client) => {
      await client.query('UPDATE accounts SET balance = 6 WHERE id = 2');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await balanceOf(2)).toBe(5);
  });

  it('notices that COMMIT rolled back, because an error had been passed over', async () => {
    const passingOver = withTransaction(database.pool, async (client) => {
      await client.query('UPDATE accounts SET balance = 7 WHERE id = 2');
      await errorOf(client.query('SELECT 1/0'));
    });
    await expect(passingOver).rejects.toBeInstanceOf(TransactionRolledBackError);
    expect(await balanceOf(2)).toBe(5);
  });

  it('closes a connection that broke, and the pool goes on', async () => {
    const pool = createPool({ url: database.url, applicationName: 'x', max: 1 });
    const pidOf = async (client: pg.Pool | pg.PoolClient): Promise<number> =>
      (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
    let lost = 0;
    const breaking = withTransaction(pool, async (client) => {
      lost = await pidOf(client);
      await database.pool.query('SELECT pg_terminate_backend($1)', [lost]);
      await client.query('SELECT 1');
    });
    expect(isConnectionError(await errorOf(breaking))).toBe(true);
    expect(await pidOf(pool)).not.toBe(lost);
    expect(pool.totalCount).toBe(1);
    await pool.end();
  });
});

describe('createPool', () => {
  it('survives that an idle connection is terminated, and says so', async () => {
    const lost = Promise.withResolvers<Error>();
    const pool = createPool({ url: database.url, applicationName: 'idle', onError: lost.resolve });
    const { rows } = await pool.query(`SELECT pg_backend_pid() AS pid, current_setting('application_name') AS name`);
    expect(rows[0].name).toBe('idle');
    await database.pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    expect(isConnectionError(await lost.promise)).toBe(true);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('gives up connecting to a server that does not answer', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const pool = createPool({ url: `postgres://x:y@127.0.0.1:${port}/z`, applicationName: 'x' });
    expect(isConnectionError(await errorOf(pool.query('SELECT 1')))).toBe(true);
    await pool.end();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});

describe('a connection over which nothing comes any more', () => {
  const pairs: [near: Socket, far: Socket][] = [];
  const server = createServer((near) => {
    const far = connect(Number(new URL(database.url).port), '127.0.0.1');
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
    pairs.push([near, far]);
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const through = new URL(database.url);
    through.port = String((server.address() as AddressInfo).port);
    url = through.href;
  });
  afterAll(() => {
    for (const socket of pairs.flat()) socket.destroy();
    server.close();
  });

  /** The connections that there are stay, and nothing passes; nobody is told. New ones pass. */
  const forget = () => {
    for (const [near, far] of pairs.splice(0)) {
      near.unpipe(far).resume();
      far.unpipe(near).resume();
    }
  };

  it('is given up after the time of a statement, and replaced', async () => {
    const pool = createPool({ url, applicationName: 'forgotten', max: 1, statementTimeoutMs: 100 });
    await pool.query('SELECT 1');
    forget();
    expect(isConnectionError(await errorOf(pool.query('SELECT 1')))).toBe(true);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('is not asked to roll back', async () => {
    const pool = createPool({ url, applicationName: 'forgotten', max: 1, statementTimeoutMs: 100 });
    let asked = 0;
    const failed = withTransaction(pool, async (client) => {
      forget();
      const query = client.query.bind(client) as (text: string) => Promise<pg.QueryResult>;
      client.query = ((text: string) => {
        asked += 1;
        return query(text);
      }) as typeof client.query;
      return client.query('SELECT 1');
    });
    expect(isConnectionError(await errorOf(failed))).toBe(true);
    expect(asked).toBe(1);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});

describe('errors', () => {
  it('tells a lost connection, a conflict and bad data apart', async () => {
    const refused = await errorOf(new pg.Client('postgres://x:y@127.0.0.1:1/z').connect());
    const duplicate = await errorOf(database.pool.query('INSERT INTO accounts VALUES (1, 1)'));
    const negative = await errorOf(database.pool.query('UPDATE accounts SET balance = -1'));
    const tooLarge = await errorOf(database.pool.query('SELECT 99999999999::int'));
    const unknown = await errorOf(database.pool.query('SELECT * FROM nowhere'));
    const tell = (error: unknown) => [isConnectionError(error), isConflict(error), isDataError(error)];
    expect(tell(refused)).toEqual([true, false, false]);
    expect(tell(new DatabaseUnavailableError(refused))).toEqual([true, false, false]);
    expect(tell(duplicate)).toEqual([false, true, false]);
    expect(tell(negative)).toEqual([false, false, true]);
    expect(tell(tooLarge)).toEqual([false, false, true]);
    expect(tell(unknown)).toEqual([false, false, false]);
    expect(tell(new Error('wrapped', { cause: negative }))).toEqual([false, false, true]);
    expect(tell('a text')).toEqual([false, false, false]);
  });
});

describe('migrations', () => {
  it('creates the database once, applies the migrations once, also when several processes try at once', async () => {
    const url = new URL(database.url);
    url.pathname = `/test_${randomUUID().replaceAll('-', '')}`;
    const created = await Promise.all([1, 2, 3].map(() => ensureDatabase(url.href)));
    expect(created.filter((outcome) => outcome === 'created')).toHaveLength(1);
    const pool = createPool({ url: url.href, applicationName: 'x' });
    expect(await pendingMigrations(pool, migrations)).toBe(2);
    await Promise.all([1, 2, 3].map(() => migrate({ url: url.href, folder: migrations })));
    expect(await pendingMigrations(pool, migrations)).toBe(0);
    expect((await pool.query('SELECT count(*)::int AS count FROM accounts')).rows).toEqual([{ count: 2 }]);
    await pool.end();
    const { server, name } = maintenanceUrl(url.href);
    await withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
  });

  it('drops what killed test runs have left behind', async () => {
    const leftover = `test_${Date.now() - 3_700_000}_00000000`;
    await database.pool.query(`CREATE DATABASE ${leftover}`);
    const another = await createTestDatabase({ migrations });
    await another.drop();
    const { rowCount } = await database.pool.query('SELECT FROM pg_database WHERE datname = $1', [leftover]);
    expect(rowCount).toBe(0);
  });

  it('gives each test file a database of its own, also when they ask at once', async () => {
    const several = await Promise.all([1, 2, 3].map(() => createTestDatabase({ migrations })));
    expect(new Set(several.map(({ url }) => url)).size).toBe(3);
    const [first, second] = several;
    await first?.pool.query('DELETE FROM accounts');
    expect((await second?.pool.query('SELECT count(*)::int AS count FROM accounts'))?.rows).toEqual([{ count: 2 }]);
    await Promise.all(several.map((each) => each.drop()));
  });
});
