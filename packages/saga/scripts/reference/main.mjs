/**
 * `pnpm docs:api [folder]`: writes the reference of the public API, one page per entry point, from the sources and their
 * docstrings. Fails, and names them, if exports have no docstring.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readEntryPoints } from './entry-points.mjs';
import { contentsOf, pageOf } from './page.mjs';

const packageFolder = fileURLToPath(new URL('../../', import.meta.url));
const out = resolve(process.argv[2] ?? join(packageFolder, 'docs', 'api'));

const entryPoints = readEntryPoints(packageFolder);
const pages = new Map(entryPoints.map((entryPoint) => [entryPoint.page, pageOf(entryPoint)]));
pages.set('README.md', contentsOf(entryPoints));

mkdirSync(out, { recursive: true });
for (const name of readdirSync(out)) if (name.endsWith('.md') && !pages.has(name)) rmSync(join(out, name));
for (const [name, text] of pages) writeFileSync(join(out, name), text);

const undocumented = entryPoints.flatMap(({ name, undocumented }) => undocumented.map((what) => `${what} of ${name}`));
if (undocumented.length > 0) {
  console.error(`Public, but without a docstring:\n  ${undocumented.join('\n  ')}`);
  process.exitCode = 1;
}
