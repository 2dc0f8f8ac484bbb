import { join } from 'node:path';
import pg from 'pg';
import { serverAccount } from '../machine/accounts.js';
import { freePorts } from '../machine/ports.js';
import type { Account } from '../machine/processes.js';
import { StackError } from '../machine/stack-error.js';
import { waitFor } from '../machine/wait.js';
import type { Place } from '../place.js';
import { makeStandby } from '../postgres/base-backup.js';
import { installBinaries } from '../postgres/binaries.js';
import { NativePostgres } from '../postgres/native.js';
import { ensureDatabases, withDatabase } from '../postgres/probe.js';
import { postgresLogin } from '../settings.js';

const PATIENCE_MS = 60_000;

/**
 * Two Postgres servers, one of which follows the other: a commit is acknowledged once both have it on disk. Which one is the
 * primary is up to whoever calls `promote`, as it is to an operator, or to Patroni.
 */
export class PostgresPair {
  private constructor(
    private servers: readonly [primary: NativePostgres, other: NativePostgres],
    private readonly account: Account | undefined,
  ) {}

  static async start(place: Place): Promise<PostgresPair> {
    const account = serverAccount(['postgres']);
    const [one = 0, two = 0] = await freePorts(2);
    const serverOn = (port: number, peer: number) =>
      new NativePostgres({
        folder: join(place.folder, `postgres-${port}`),
        ports: { postgres: port },
        binaries: installBinaries(place.dataFolder),
        account,
        listener: place.listener(() => {}),
        settings: { primary_conninfo: conninfo(peer), wal_keep_size: '1GB', wal_retrieve_retry_interval: '500ms' },
      });
    const primary = serverOn(one, two);
    await primary.start();
    await ensureDatabases(primary.url);
    const pair = new PostgresPair([primary, serverOn(two, one)], account);
    await pair.join();
    return pair;
  }

  get primary(): NativePostgres {
    return this.servers[0];
  }

  get standby(): NativePostgres {
    return this.servers[1];
  }

  /** Both hosts, for a client that looks for the one that takes writes. */
  urlFor(database: string): string {
    const hosts = this.servers.map(({ url }) => new URL(url).host).sort();
    const { user, password } = postgresLogin;
    return `postgres://${user}:${password}@${hosts.join(',')}/${database}?target_session_attrs=read-write`;
  }

  /** How the standby follows: `sync`, `async`, or `none`. */
  async following(): Promise<string> {
    const text = `select sync_state from pg_stat_replication where state = 'streaming'`;
    const [row] = await ask<{ sync_state: string }>(this.primary, text);
    return row?.sync_state ?? 'none';
  }

  /** The standby becomes the primary. Not before the other one is dead: two primaries would both take writes. */
  async promote(): Promise<void> {
    if (this.primary.isRunning())
      throw new StackError('The primary still runs, and would go on taking writes.', 'end it first');
    const [old, next] = this.servers;
    await ask(next, 'select pg_promote()');
    this.servers = [next, old];
  }

  /** Makes the server that is not the primary a standby, from a fresh copy; from then on commits wait for it. */
  async join(): Promise<void> {
    const { primary, standby, account } = this;
    await makeStandby({
      from: { url: primary.url, dataFolder: primary.dataFolder },
      to: { dataFolder: standby.dataFolder, account },
    });
    await this.follow();
  }

  /** Starts the standby where it had stopped, and waits until commits wait for it. */
  async follow(): Promise<void> {
    await this.standby.start();
    await this.until('async', 'sync');
    await this.requireStandby(true);
    await this.until('sync');
  }

  /** Whether commits wait for a standby. An operator gives that up while there is none, or nothing is committed. */
  async requireStandby(required: boolean): Promise<void> {
    await ask(this.primary, `alter system set synchronous_standby_names = '${required ? '*' : ''}'`);
    await ask(this.primary, 'select pg_reload_conf()');
  }

  async end(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
  }

  private async until(...states: readonly string[]): Promise<void> {
    const reached = async () => states.includes(await this.following());
    if (await waitFor(reached, { timeoutMs: PATIENCE_MS })) return;
    throw new StackError(
      `The standby does not follow (${await this.following()}, not ${states.join(' or ')}).`,
      `read ${this.standby.logFile}`,
    );
  }
}

const conninfo = (port: number): string =>
  `host=127.0.0.1 port=${port} user=${postgresLogin.user} password=${postgresLogin.password} application_name=standby`;

async function ask<Row>({ url }: NativePostgres, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: withDatabase(url, 'postgres'), connectionTimeoutMillis: 10_000 });
  client.on('error', () => {}); // the statement under way rejects
  try {
    await client.connect();
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end().catch(() => {}); // it may never have been connected
  }
}
