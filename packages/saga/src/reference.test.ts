import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, expect, it } from 'vitest';

const packageFolder = fileURLToPath(new URL('../', import.meta.url));
const committed = join(packageFolder, 'docs', 'api');
let generated: string;
let complaints: string;

beforeAll(async () => {
  generated = await mkdtemp(join(tmpdir(), 'saga-reference-'));
  const script = join(packageFolder, 'scripts', 'reference', 'main.mjs');
  const result = promisify(execFile)(process.execPath, [script, generated]);
  complaints = await result.then(
    ({ stderr }) => stderr,
    (error: { stderr: string }) => error.stderr,
  );
});

afterAll(() => rm(generated, { recursive: true, force: true }));

const pagesIn = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  );
};

it('everything public has a docstring', () => {
  expect(complaints).toBe('');
});

it('the reference is up to date: if not, run "pnpm docs:api" in packages/saga and commit what it writes', async () => {
  expect(await pagesIn(committed)).toEqual(await pagesIn(generated));
});

it('what public declarations stand on is public as well, but for helpers of types and defaults', async () => {
  const pages = Object.values(await pagesIn(generated));
  const hidden = pages.flatMap((page) => [...page.matchAll(/^### (\w+)\n\nNot exported\.$/gm)].map(([, name]) => name));
  expect(hidden.sort()).toEqual([
    ...['ANSWER', 'Certain', 'LocalContract', 'Maybe', 'Mode', 'Next', 'Order', 'Reply', 'Unused'],
    ...['atRest', 'never', 'someTurns', 'time'],
  ]);
});

it('shows nothing private, and only what can be parsed', async () => {
  const pages = Object.values(await pagesIn(generated));
  const blocks = pages.flatMap((page) => [...page.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code));
  expect(blocks.length).toBeGreaterThan(50);
  for (const block of blocks) {
    expect(block).not.toMatch(/@internal|^ {2}(private |#)/m);
    expect(ts.transpileModule(block, { reportDiagnostics: true }).diagnostics, block).toEqual([]);
  }
});
