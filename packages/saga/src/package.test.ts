import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// The package as somebody outside gets it: packed, installed into a folder of their own, compiled against, and run.

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../', import.meta.url));
const ownPnpm = join(packageFolder, '..', '..', '.cache', 'pnpm', 'node_modules', '.bin');

/** Without what npm and pnpm tell their children: it would make npm install into this workspace. */
const outside = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_|^INIT_CWD$/i.test(name)),
);

let consumer: string;
let installed: string;

beforeAll(async () => {
  consumer = await realpath(await mkdtemp(join(tmpdir(), 'saga-consumer-')));
  installed = join(consumer, 'node_modules', '@saga-checkout', 'saga');
  await cp(join(packageFolder, 'consumer'), consumer, { recursive: true });
  // As the build left it: other tests read dist at this moment.
  const pack = ['pack', '--pack-destination', consumer, '--config.ignore-scripts=true'];
  const env = { ...process.env, PATH: [process.env.PATH, ownPnpm].join(delimiter) };
  await run('pnpm', pack, { cwd: packageFolder, env });
  const tarball = (await readdir(consumer)).find((name) => name.endsWith('.tgz'));
  // An empty cache and no network: there is nothing else to install.
  const cache = join(consumer, 'cache');
  const install = ['install', '--offline', '--cache', cache, '--no-audit', '--no-fund', `./${tarball}`];
  await run('npm', install, { cwd: consumer, env: outside });
  await lend('zod', 'pg', 'drizzle-orm');
});

afterAll(() => rm(consumer, { recursive: true, force: true }));

/** What the consumer has besides: taken from here, so that nothing is fetched. */
async function lend(...names: string[]): Promise<void> {
  for (const name of names) {
    const ours = await realpath(join(packageFolder, 'node_modules', name));
    await symlink(ours, join(consumer, 'node_modules', name), 'junction');
  }
}

/** Runs a program of Node in the consumer's folder; what it prints is the error if it fails. */
async function node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<void> {
  const options = { cwd: consumer, env: { ...outside, ...env } };
  await run(process.execPath, args, options).catch(({ stdout, stderr }: { stdout: string; stderr: string }) => {
    throw new Error(`${stdout}\n${stderr}`);
  });
}

const tsc = (project: string) =>
  node([join(packageFolder, 'node_modules', 'typescript', 'lib', 'tsc.js'), '--project', project]);

async function packedFiles(): Promise<string[]> {
  const entries = await readdir(installed, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map((file) => file.slice(installed.length + 1).replaceAll('\\', '/'));
}

describe('what is packed', () => {
  it('needs Node 22, and nothing else', async () => {
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(manifest.dependencies).toBeUndefined();
    expect(manifest.engines).toEqual({ node: '>=22' });
    expect(Object.keys(manifest.peerDependencies).sort()).toEqual(Object.keys(manifest.peerDependenciesMeta).sort());
    expect(await readdir(join(consumer, 'node_modules', '@saga-checkout'))).toEqual(['saga']);
  });

  it('is what runs, its migrations, documents, examples and licence; no tests, no leftovers', async () => {
    const files = await packedFiles();
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'drizzle/meta/_journal.json']),
    );
    const tops = [...new Set(files.map((file) => file.split('/')[0]))].sort();
    expect(tops).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'drizzle',
      'examples',
      'package.json',
    ]);
    expect(files.filter((file) => /\.(test|fixture)\.|tsbuildinfo|tsconfig/.test(file))).toEqual([]);
    expect(files.filter((file) => file.startsWith('dist/') && !/\.(js|js\.map|d\.ts)$/.test(file))).toEqual([]);
  });

  it('has all that its documents lead to', async () => {
    for (const file of (await packedFiles()).filter((name) => name.endsWith('.md'))) {
      const text = await readFile(join(installed, file), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
      const missing = links.filter((link) => !existsSync(join(installed, dirname(file), link)));
      expect([file, missing]).toEqual([file, []]);
    }
  });

  it('shows its sources to a debugger, without naming a folder of ours', async () => {
    const maps = (await packedFiles()).filter((file) => file.endsWith('.map'));
    expect(maps.length).toBeGreaterThan(20);
    for (const file of maps) {
      const map = JSON.parse(await readFile(join(installed, file), 'utf8'));
      expect([file, map.sourcesContent?.length]).toEqual([file, 1]);
      expect(map.sources[0]).toMatch(/^(\.\.\/)+src\//);
    }
  });
});

describe('installed in a project of its own', () => {
  it('compiles strictly, libraries checked, without types of Node, for Node and for bundlers', {
    timeout: 60_000,
  }, async () => {
    await Promise.all([tsc('tsconfig.json'), tsc('tsconfig.bundler.json')]);
  });

  it('gives drizzle its tables', () => tsc('tsconfig.drizzle.json'));

  it('runs a saga in memory, and holds a conversation', async () => {
    await compiled();
    await node(['--test', 'memory.mjs']);
  });

  it('runs a saga in Postgres, with the migrations that came along', async () => {
    await compiled();
    await withDatabase((DATABASE_URL) => node(['--test', 'postgres.mjs'], { DATABASE_URL }));
  });
});

async function compiled(): Promise<void> {
  if (!existsSync(join(consumer, 'out', 'trip.js'))) await tsc('tsconfig.json');
}

/** An empty database, gone afterwards. */
async function withDatabase(work: (url: string) => Promise<void>): Promise<void> {
  const server = process.env.TEST_DB_URL ?? 'postgres://postgres:1111@127.0.0.1:5432/postgres';
  const name = `test_${Date.now()}_${randomUUID().slice(0, 8)}`;
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query(`create database ${name}`);
    await work(new URL(name, server).href);
  } finally {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.end();
  }
}
