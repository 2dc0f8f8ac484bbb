/**
 * `pnpm build`: dist as it is packed. Group commit is a package of the workspace and on no registry, so its build becomes
 * a part of this one: the sources import it as `#batching` (see "imports" in package.json).
 */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const batching = {
  from: dirname(fileURLToPath(import.meta.resolve('@saga-checkout/batching'))),
  to: join(dist, 'batching'),
};

cpSync(batching.from, batching.to, { recursive: true });
const borrowed = filesIn(batching.from).map((path) => join(batching.to, relative(batching.from, path)));
removeAllBut(new Set([...borrowed, ...compiled()]));

/** Compiles, and gives the files that come of it. Where there are mistakes, this is the end. */
function compiled() {
  const tsc = fileURLToPath(import.meta.resolve('typescript/lib/tsc.js'));
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json', '--listEmittedFiles'], {
    cwd: dirname(dist),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [emitted, others] = split(stdout.split('\n'), (line) => line.startsWith('TSFILE: '));
  if (status !== 0) {
    console.error(others.join('\n'));
    process.exit(status ?? 1);
  }
  return emitted.map((line) => resolve(line.slice('TSFILE: '.length).trim()));
}

/** What an earlier build left, of sources that are gone since, would be packed as well. */
function removeAllBut(wanted) {
  for (const path of filesIn(dist)) if (!wanted.has(path)) rmSync(path);
}

function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function split(lines, condition) {
  return [lines.filter(condition), lines.filter((line) => !condition(line))];
}
