import { chown, copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { makeFolder } from '../machine/data-folder.js';
import type { Account } from '../machine/processes.js';
import { withDatabase } from './probe.js';

/** What a server makes for itself, or fetches from the primary; the folders must be there. */
const EMPTY = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_subtrans',
]);
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts']);

export interface BaseBackup {
  /** A server that runs, and where its data lies. */
  readonly from: { readonly url: string; readonly dataFolder: string };
  /** What is there is replaced. */
  readonly to: { readonly dataFolder: string; readonly account: Account | undefined };
}

/**
 * Makes the data folder of a standby while the primary goes on: what `pg_basebackup` does, which does not come with the
 * packaged Postgres. A standby that starts there fetches everything since from the primary.
 */
export async function makeStandby({ from, to }: BaseBackup): Promise<void> {
  const client = new pg.Client({
    connectionString: withDatabase(from.url, 'postgres'),
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {}); // the statement under way rejects
  makeFolder(dirname(to.dataFolder), to.account);
  await rm(to.dataFolder, { recursive: true, force: true });
  await client.connect();
  try {
    await client.query(`select pg_backup_start('standby', true)`);
    await copyFolder(from.dataFolder, to.dataFolder, to.account);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    await write(join(to.dataFolder, 'backup_label'), rows[0]?.labelfile ?? '', to.account);
    await write(join(to.dataFolder, 'standby.signal'), '', to.account);
  } finally {
    await client.end().catch(() => {}); // it may never have been connected
  }
}

async function copyFolder(from: string, to: string, account: Account | undefined): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  await own(to, account);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (!EMPTY.has(entry.name)) await copyFolder(source, target, account);
      else await own(await makeEmpty(target), account);
    } else if (!LEFT_OUT.has(entry.name)) {
      await copyUnlessGone(source, target, account);
    }
  }
}

async function makeEmpty(folder: string): Promise<string> {
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** Tables are dropped, and temporary files go, while we copy. */
async function copyUnlessGone(source: string, target: string, account: Account | undefined): Promise<void> {
  try {
    await copyFile(source, target);
    await own(target, account);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function write(file: string, text: string, account: Account | undefined): Promise<void> {
  await writeFile(file, text, { mode: 0o600 });
  await own(file, account);
}

async function own(path: string, account: Account | undefined): Promise<void> {
  if (account) await chown(path, account.uid, account.gid);
}
